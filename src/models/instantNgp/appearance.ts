/** A learned vector for each training image, for light and exposure that differ between photos (Martin-Brualla et al. 2021). */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';

const bound = 1e-2;

/** @returns the parameter `appearance` [images, size] float32; undefined for size 0 */
export function createAppearance(
  kernels: KernelPool,
  images: number,
  size: number,
  seed: number,
): SharedParameter | undefined {
  if (size === 0) return undefined;
  return sharedParameter(kernels, 'appearance', [images, size], (data) => fillAppearance(data, seed));
}

/** Initial vectors. */
export function fillAppearance(data: Float32Array, seed: number): void {
  // Networks take the numbers 1, 2, ... of this stream (networks.ts), the grid 0.
  const key = randomKey(seed, RandomStream.initialization, 1 << 16);
  for (let k = 0; k < data.length; k++) data[k] = (uniformAt(key, k) * 2 - 1) * bound;
}

/**
 * Sums the rays' gradients into their images' rows, in order.
 * @param images [rays] int32
 * @param perRay [rays, size] float32
 */
export function sumAppearanceGradients(
  appearance: SharedParameter,
  images: Int32Array,
  perRay: Float32Array,
  rays: number,
): void {
  const size = appearance.variable.shape[1]!;
  const gradient = appearance.gradient.data;
  gradient.fill(0);
  for (let ray = 0; ray < rays; ray++) {
    const row = images[ray]! * size;
    for (let k = 0; k < size; k++) gradient[row + k]! += perRay[ray * size + k]!;
  }
}
