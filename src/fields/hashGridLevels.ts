/** The levels of a multiresolution hash grid: resolutions, which are dense, where each begins in the table. */
import type { KernelPool } from '../kernels/kernelPool.ts';
import { levelLayout } from '../kernels/layouts.ts';
import { structAt } from '../kernels/structs.ts';

export interface HashGridSettings {
  readonly levels: number;
  readonly featuresPerLevel: 1 | 2 | 4;
  readonly log2TableSize: number;
  readonly baseResolution: number;
  readonly maxResolution: number;
}

/** One level. A position x in [0, 1] lies at x * scale + 0.5 in units of cells. */
export interface HashGridLevel {
  readonly scale: number;
  /** Grid points a side: the strides of a dense level are 1, resolution, resolution^2. */
  readonly resolution: number;
  /** False: entry = x + resolution (y + resolution z). True: entry = (x xor 2654435761 y xor 805459861 z) mod entries. */
  readonly hashed: boolean;
  readonly firstEntry: number;
  readonly entries: number;
}

/**
 * Resolutions grow geometrically from base to max (Müller et al. 2022, eq. 2-3); a level is dense where all its points fit.
 * @returns levels from coarse to fine
 */
export function hashGridLevels(settings: HashGridSettings): HashGridLevel[] {
  const { levels, baseResolution, maxResolution } = settings;
  const tableSize = 2 ** settings.log2TableSize;
  const growth = levels > 1 ? (maxResolution / baseResolution) ** (1 / (levels - 1)) : 1;
  let firstEntry = 0;
  return Array.from({ length: levels }, (_, level) => {
    const scale = Math.fround(baseResolution * growth ** level - 1);
    const resolution = Math.ceil(scale) + 2;
    const hashed = resolution ** 3 > tableSize;
    // Levels begin at multiples of 16 entries: a whole number of cache lines, whatever the features.
    const entries = hashed ? tableSize : Math.ceil(resolution ** 3 / 16) * 16;
    const result = { scale, resolution, hashed, firstEntry, entries };
    firstEntry += entries;
    return result;
  });
}

/** Entries of all levels together: the table's shape is [this, featuresPerLevel]. */
export function hashGridEntries(levels: readonly HashGridLevel[]): number {
  return levels.reduce((sum, level) => sum + level.entries, 0);
}

/** Writes the levels for the kernels. @returns the address of [levels] Level, which the caller releases */
export function allocateHashGridLevels(kernels: KernelPool, levels: readonly HashGridLevel[]): number {
  const address = kernels.allocate(levels.length * levelLayout.bytes);
  levels.forEach((level, index) => {
    structAt(kernels, levelLayout, address + index * levelLayout.bytes).set({
      scale: level.scale,
      strideY: level.resolution,
      strideZ: level.resolution ** 2,
      hashed: level.hashed ? 1 : 0,
      mask: level.entries - 1,
      firstEntry: level.firstEntry,
      entries: level.entries,
    });
  });
  return address;
}
