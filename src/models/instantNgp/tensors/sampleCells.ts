/** Draws the cells that an update of the occupancy grid looks at: the twin of src/kernels/assembly/occupancy.ts, occupancySample. */
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import { randomAt, uniformAt } from '../../../rng.ts';
import type { CellRequest } from '../occupancyGrid.ts';

export interface CellGrid {
  readonly levels: number;
  readonly resolution: number;
  /** Address of the occupancy bits. */
  readonly bits: number;
}

/** Random words of a cell: 0 and further attempts choose the cell, 12 to 14 the point in it. */
const wordsPerCell = 16;
const attempts = 12;
const pointWord = 12;

/**
 * Writes the cells' numbers to the request's `cells`.
 * @returns [count, 3] float32: a random point of each, in the outermost cube as 0..1
 */
export function drawCells(kernels: KernelPool, grid: CellGrid, request: CellRequest): Float32Array {
  const { resolution, levels } = grid;
  const { count, key, sweep, preferOccupied } = request;
  const perLevel = resolution ** 3;
  const total = levels * perLevel;
  const bits = kernels.uint8(grid.bits, total / 8);
  const cells = kernels.int32(request.cells, count);
  const isOccupied = (cell: number) => (bits[cell >> 3]! >> (cell & 7)) & 1;
  const drawn = (word: number) => Math.floor((randomAt(key, word) * total) / 2 ** 32);
  const positions = new Float32Array(count * 3);
  for (let k = 0; k < count; k++) {
    const random = k * wordsPerCell;
    let cell = sweep >= 0 ? (sweep + k) % total : drawn(random);
    if (sweep < 0 && preferOccupied && k % 2 === 1)
      for (let attempt = 1; attempt < attempts && !isOccupied(cell); attempt++)
        cell = drawn(random + attempt);
    cells[k] = cell;
    const scale = 2 ** (Math.floor(cell / perLevel) - (levels - 1));
    for (let axis = 0; axis < 3; axis++) {
      const index = Math.floor(cell / resolution ** axis) % resolution;
      const inside = uniformAt(key, random + pointWord + axis);
      positions[k * 3 + axis] = ((index + inside) / resolution - 0.5) * scale + 0.5;
    }
  }
  return positions;
}
