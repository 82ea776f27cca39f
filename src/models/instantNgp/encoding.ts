/** The hash grid as the model owns it: its table of features (a parameter) and the level descriptors the kernels read. */
import { allocateHashGridLevels, hashGridEntries, hashGridLevels } from '../../fields/hashGridLevels.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';
import type { InstantNgpConfig } from './instantNgpSchema.ts';

export interface Encoding {
  /** `hash_grid`: [entries, features] float32 */
  readonly table: SharedParameter;
  /** Address of the level descriptors. */
  readonly levelTable: number;
  readonly levels: number;
  readonly features: number;
  /** Rows of an encoded tile: levels x features, padded to a multiple of 4. */
  readonly encoded: number;
  dispose(): void;
}

/** Features begin within +-1e-4 (Müller et al. 2022, section 4). */
const tableBound = 1e-4;

/** @param maxResolution cells a side of the finest level */
export function createEncoding(
  kernels: KernelPool,
  config: InstantNgpConfig['hashGrid'],
  maxResolution: number,
  seed: number,
): Encoding {
  const levels = hashGridLevels({ ...config, maxResolution });
  const levelTable = allocateHashGridLevels(kernels, levels);
  const shape = [hashGridEntries(levels), config.featuresPerLevel];
  const table = sharedParameter(kernels, 'hash_grid', shape, (data) => fillTable(data, seed));
  return {
    table,
    levelTable,
    levels: levels.length,
    features: config.featuresPerLevel,
    encoded: Math.ceil((levels.length * config.featuresPerLevel) / 4) * 4,
    dispose() {
      table.dispose();
      kernels.release(levelTable);
    },
  };
}

/** Initial features. */
export function fillTable(data: Float32Array, seed: number): void {
  const key = randomKey(seed, RandomStream.initialization, 0);
  for (let k = 0; k < data.length; k++) data[k] = (uniformAt(key, k) * 2 - 1) * tableBound;
}
