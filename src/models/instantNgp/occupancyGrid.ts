/** Which cells of space may contain something: nested grids that rays skip through (Müller et al. 2022, appendix E.2). */
import { CheckpointError } from '../../errors.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { RandomStream, randomKey } from '../../rng.ts';
import type { NamedArrays } from '../../tensors/namedArrays.ts';
import type { RenderPlan } from './renderPlan.ts';

export interface OccupancySettings {
  readonly resolution: number;
  readonly levels: number;
  readonly decay: number;
  /** A cell is occupied above min(mean x meanFactor, 0.01). */
  readonly meanFactor: number;
  readonly seed: number;
  /** Per cell (level, z, y, x): whether any training camera sees it; absent: all. */
  readonly visible?: Uint8Array | undefined;
  /**
   * For grids of many levels, most of which no camera sees: whether only visible cells are drawn, and none is emptied before all of them were
   * evaluated. Else those that the first sweep comes to first, the inner ones, would be empty until it ends, and what is near be learned last.
   */
  readonly visibleOnly?: boolean;
}

/** One update's cells, and what is wanted of them. */
export interface CellRequest {
  readonly count: number;
  /** Address of [count] int32: which cell (level, z, y, x); out */
  readonly cells: number;
  /** Address of [count] float32: density at a random point of the cell x `length`; out */
  readonly values: number;
  readonly key: number;
  /** First cell of a systematic sweep; -1: cells at random, every other one preferring occupied cells if `preferOccupied`. */
  readonly sweep: number;
  readonly preferOccupied: boolean;
  /** Address of [total] int32: the cells to draw from; 0: all, of which there are `total`. */
  readonly pool: number;
  readonly total: number;
  /** Sample length that turns density into opacity. */
  readonly length: number;
}

/** Evaluates densities where the grid asks for them. */
export type SampleCells = (request: CellRequest) => void;

export interface OccupancyGrid {
  readonly bits: number;
  readonly coarseBits: number;
  /** A byte for each 4 x 4 x 4 cells of a grid of one level: how far occupied ones are; else 0. */
  readonly distances: number;
  /** Share of all cells that are occupied. */
  readonly occupiedShare: number;
  /** Re-evaluates part of the cells, with the plan's density network or by `sample`. @param step the training step, for randomness; @param length sample length that turns density into opacity */
  update(by: RenderPlan | SampleCells, step: number, length: number): void;
  state(): NamedArrays;
  restore(state: NamedArrays): void;
  dispose(): void;
}

/** A cell at this optical thickness is occupied in any case. */
const maxThreshold = 0.01;
/** Cells that are evaluated in one update. */
const cellsPerUpdate = 1 << 16;
const unitCells = 1024;
/** Updates until this step draw cells uniformly; later ones prefer occupied cells. */
const uniformUntilStep = 256;

/** All cells that are visible begin occupied. */
export function createOccupancyGrid(kernels: KernelPool, settings: OccupancySettings): OccupancyGrid {
  const { resolution, levels, visible } = settings;
  const cells = levels * resolution ** 3;
  const sampled = Math.min(cells, cellsPerUpdate);
  const grid = kernels.allocate(cells * 4);
  const bits = kernels.allocate(cells / 8);
  const coarseBits = kernels.allocate(Math.ceil(cells / 64 / 8));
  const distances = levels === 1 ? kernels.allocate(cells / 64) : 0;
  const drawn = kernels.allocate(sampled * 4);
  const values = kernels.allocate(sampled * 4);
  const density = kernels.float32(grid, cells);
  // Far above any threshold, so that everything is marched through until it was evaluated.
  density.fill(1e9);
  let trained = cells;
  if (visible) {
    trained = 0;
    for (let cell = 0; cell < cells; cell++) {
      if (visible[cell]) trained++;
      else density[cell] = -1;
    }
  }
  const total = settings.visibleOnly && trained > 0 ? trained : cells;
  const pool = total < cells && visible ? poolOf(kernels, visible, total) : 0;
  const counters = new Int32Array(1);
  const measureDistances = () => {
    if (distances) kernels.call('occupancyDistances', coarseBits, distances, resolution / 4);
  };
  let occupiedShare = kernels.call('occupancyBits', grid, bits, coarseBits, levels, resolution, 0) / cells;
  measureDistances();

  const refreshBits = () => {
    const mean = kernels.call('occupancySum', grid, cells) / Math.max(1, trained);
    const threshold = Math.min(mean * settings.meanFactor, maxThreshold);
    occupiedShare =
      kernels.call('occupancyBits', grid, bits, coarseBits, levels, resolution, threshold) / cells;
    measureDistances();
  };

  return {
    bits,
    coarseBits,
    distances,
    get occupiedShare() {
      return occupiedShare;
    },
    update(by, step, length) {
      const sample = typeof by === 'function' ? by : kernelSampler(kernels, by);
      const update = counters[0]!;
      const sweep = update * sampled < total ? update * sampled : -1;
      sample({
        count: sampled,
        cells: drawn,
        values,
        key: randomKey(settings.seed, RandomStream.occupancy, step),
        sweep,
        preferOccupied: step >= uniformUntilStep,
        pool,
        total,
        length,
      });
      kernels.call('occupancyApply', sampled, drawn, values, grid, settings.decay);
      counters[0] = update + 1;
      if (!settings.visibleOnly || counters[0] * sampled >= total) refreshBits();
    },
    state: () => ({
      'occupancy/density': { shape: [levels, resolution, resolution, resolution], data: density },
      'occupancy/bits': { shape: [cells / 8], data: kernels.uint8(bits, cells / 8) },
      'occupancy/updates': { shape: [1], data: counters },
    }),
    restore(state) {
      const saved = state['occupancy/density'];
      const updates = state['occupancy/updates'];
      const savedBits = state['occupancy/bits'];
      if (saved?.data.length !== cells || updates?.data.length !== 1 || savedBits?.data.length !== cells / 8)
        throw new CheckpointError(
          'the checkpoint has no occupancy grid of this size; it belongs to another model',
        );
      density.set(saved.data);
      counters.set(updates.data);
      // Threshold 0 would occupy more than was in force: bits come from the checkpoint, coarse bits from them.
      const fine = kernels.uint8(bits, cells / 8);
      fine.set(savedBits.data);
      kernels.call('occupancyCoarseBits', bits, coarseBits, levels, resolution);
      measureDistances();
    },
    dispose() {
      for (const address of [grid, bits, coarseBits, drawn, values]) kernels.release(address);
      if (distances) kernels.release(distances);
      if (pool) kernels.release(pool);
    },
  };
}

/** @returns address of [count] int32: the numbers of the cells that are visible */
function poolOf(kernels: KernelPool, visible: Uint8Array, count: number): number {
  const address = kernels.allocate(count * 4);
  const pool = kernels.int32(address, count);
  let next = 0;
  for (let cell = 0; cell < visible.length; cell++) if (visible[cell]) pool[next++] = cell;
  return address;
}

function kernelSampler(kernels: KernelPool, plan: RenderPlan): SampleCells {
  return ({ count, cells, values, key, sweep, preferOccupied, length, pool, total }) => {
    const numbers = [count, cells, values, key, sweep, preferOccupied ? 1 : 0, length, pool, total];
    kernels.run('occupancySample', Math.ceil(count / unitCells), plan.address, ...numbers);
  };
}
