/**
 * Counter-based random numbers: a value is a pure function of (seed, stream, step, index), so a resumed run and any
 * number of threads draw the same ones. The kernels have the same functions (src/kernels/assembly/rng.ts).
 */

/** Independent sequences of one seed. A number here is part of the checkpoint contract: never renumber. */
export const RandomStream = {
  initialization: 1,
  pixels: 2,
  march: 3,
  background: 4,
  occupancy: 5,
  shuffle: 6,
  noise: 7,
  demo: 8,
  densification: 9,
  langevin: 10,
  sweeps: 11,
} as const;
export type RandomStream = (typeof RandomStream)[keyof typeof RandomStream];

/** Mixes 32 bits well ("lowbias32" by C. Wellons, bias 0.17). @returns uint32 */
export function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** The key of one (seed, stream, step): hash it once, then draw many indices with {@link randomAt}. @returns uint32 */
export function randomKey(seed: number, stream: number, step: number): number {
  return mix32(mix32(mix32(seed ^ 0x9e3779b9) + stream) + step);
}

/** The random 32-bit word at `index` of the sequence `key`. @returns uint32 */
export function randomAt(key: number, index: number): number {
  return mix32(mix32(key + Math.imul(index, 0x9e3779b9)) ^ key);
}

/** Uniform in [0, 1), a multiple of 2^-24 (exact in float32). */
export function uniformAt(key: number, index: number): number {
  return (randomAt(key, index) >>> 8) * 2 ** -24;
}
