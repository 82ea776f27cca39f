/** Random numbers for strategies of densification. */
import { randomAt } from '../../../rng.ts';

/**
 * The number at `index` of the sequence `key`: a sum of four uniform ones of 16 bits, which is nearly normal, of mean 0 and variance 1, never beyond
 * 2 sqrt(3), and has the same bits wherever it is computed.
 */
export function noiseAt(key: number, index: number): number {
  const [a, b] = [randomAt(key, 2 * index), randomAt(key, 2 * index + 1)];
  const sum = (a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16);
  return ((sum + 2) / 65536 - 2) * Math.sqrt(3);
}
