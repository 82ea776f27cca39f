/** Reproducible vectors for tests. */
import { randomKey, uniformAt } from '../../src/rng.ts';

/** `length` float32 numbers, uniform in [-1, 1), of a sequence that `seed` names. */
export function randomVector(length: number, seed: number): Float32Array {
  const key = randomKey(seed, 1000, 0);
  return Float32Array.from({ length }, (_, index) => 2 * uniformAt(key, index) - 1);
}
