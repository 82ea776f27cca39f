/** Draws the cells that an update of the occupancy grid looks at: the twin of src/kernels/assembly/occupancy.ts, occupancySample. */
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import { randomAt, uniformAt } from '../../../rng.ts';
import type { CellRequest } from '../occupancyGrid.ts';
import { encodedPosition } from '../reference/marchRay.ts';

export interface CellGrid {
  readonly levels: number;
  readonly resolution: number;
  /** Whether positions are contracted. */
  readonly contracted: boolean;
  /** Address of the occupancy bits. */
  readonly bits: number;
}

/** Random words of a cell: 0 and further attempts choose the cell, 12 to 14 the point in it. */
const wordsPerCell = 16;
const attempts = 12;
const pointWord = 12;

/**
 * Writes the cells' numbers to the request's `cells`.
 * @returns [count, 3] float32: a random point of each, in the encoding's cube as 0..1
 */
export function drawCells(kernels: KernelPool, grid: CellGrid, request: CellRequest): Float32Array {
  const { resolution, levels } = grid;
  const { count, key, sweep, preferOccupied, total } = request;
  const perLevel = resolution ** 3;
  const bits = kernels.uint8(grid.bits, (levels * perLevel) / 8);
  const pool = request.pool ? kernels.int32(request.pool, total) : undefined;
  const cells = kernels.int32(request.cells, count);
  const isOccupied = (cell: number) => (bits[cell >> 3]! >> (cell & 7)) & 1;
  const cellOf = (index: number) => pool?.[index] ?? index;
  const drawn = (word: number) => cellOf(Math.floor((randomAt(key, word) * total) / 2 ** 32));
  const positions = new Float32Array(count * 3);
  for (let k = 0; k < count; k++) {
    const random = k * wordsPerCell;
    let cell = sweep >= 0 ? cellOf((sweep + k) % total) : drawn(random);
    if (sweep < 0 && preferOccupied && k % 2 === 1)
      for (let attempt = 1; attempt < attempts && !isOccupied(cell); attempt++)
        cell = drawn(random + attempt);
    cells[k] = cell;
    const scale = 2 ** Math.floor(cell / perLevel);
    const coordinate = (axis: number) => {
      const index = Math.floor(cell / resolution ** axis) % resolution;
      const inside = uniformAt(key, random + pointWord + axis);
      return ((index + inside) / resolution - 0.5) * scale + 0.5;
    };
    positions.set(encodedPosition(grid, [coordinate(0), coordinate(1), coordinate(2)]), k * 3);
  }
  return positions;
}
