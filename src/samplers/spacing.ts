/**
 * Where samples lie along a ray before anything is known of the scene: even in a spacing coordinate s in 0..1.
 * All of it in float32, as where bins are tensors: near s = 1 a rounding of s is a long way on the ray.
 */
const { fround } = Math;

/** Maps distance to a monotonic coordinate and back. */
export interface Spacing {
  toCoordinate(distance: number): number;
  toDistance(coordinate: number): number;
}

/** Even in distance. */
export const uniformSpacing: Spacing = { toCoordinate: (x) => x, toDistance: (x) => x };

/** Even in distance up to 1, then even in disparity. (nerfstudio's UniformLinDispPiecewiseSampler) */
export const linDispPiecewiseSpacing: Spacing = {
  toCoordinate: (x) => (x < 1 ? x / 2 : fround(1 - fround(1 / (2 * x)))),
  toDistance: (x) => (x < 0.5 ? 2 * x : fround(1 / fround(2 - 2 * x))),
};

/** The distance of s in 0..1 for rays that begin at `near` and end at `far`. */
export function spacingToDistance(spacing: Spacing, near: number, far: number, s: number): number {
  const begin = spacing.toCoordinate(fround(near));
  const end = spacing.toCoordinate(fround(far));
  const mixed = fround(fround(fround(s) * end) + fround(fround(1 - fround(s)) * begin));
  return spacing.toDistance(mixed);
}

/** Bin edges s: numSamples + 1 numbers from 0 to 1, evenly spaced. */
export function evenBins(numSamples: number): number[] {
  return Array.from({ length: numSamples + 1 }, (_, index) => index / numSamples);
}
