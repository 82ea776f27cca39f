/** Small scenes of splats for tests: random but fixed, with their place in the kernels' memory. */
import type { Camera, Distortion } from '../../src/data/cameras/camera.ts';
import type { KernelPool } from '../../src/kernels/kernelPool.ts';
import { type SplatGroup, splatGroups } from '../../src/models/splat/splatGroups.ts';
import type { SplatAddresses } from '../../src/models/splat/splatParameters.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';

/** Numbers of `n` splats by parameter. */
export type SplatNumbers = Record<SplatGroup, Float32Array>;

/** Splats in a cube of side ~2 about the origin, of all shapes; the harmonics have `width` numbers a splat. */
export function randomSplats(count: number, width: number, seed: number, size = 0.2): SplatNumbers {
  const numbers = (per: number, stream: number, make: (normal: number, index: number) => number) => {
    const key = randomKey(seed, RandomStream.noise, stream);
    return Float32Array.from({ length: count * per }, (_, index) => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(key, 2 * index)));
      return make(radius * Math.cos(2 * Math.PI * uniformAt(key, 2 * index + 1)), index);
    });
  };
  return {
    means: numbers(3, 0, (normal) => 0.5 * normal),
    scales: numbers(3, 1, (normal) => Math.log(size) + 0.5 * normal),
    rotations: numbers(4, 2, (normal) => normal),
    opacities: numbers(1, 3, (normal) => normal),
    colors: numbers(3, 4, (normal) => 0.6 + 0.3 * normal),
    harmonics: numbers(width, 5, (normal) => 0.2 * normal),
  };
}

/** A camera that looks at the origin from three units away, a little askew. */
export function cameraAt(
  options: {
    readonly width?: number;
    readonly height?: number;
    readonly focal?: number;
    readonly model?: Camera['model'];
    readonly distortion?: Distortion;
  } = {},
): Camera {
  const { width = 27, height = 22, focal = 27, model = 'OPENCV', distortion } = options;
  return {
    model,
    width,
    height,
    fx: focal,
    fy: 1.1 * focal,
    cx: width * 0.48,
    cy: height * 0.49,
    ...(distortion && { distortion }),
    // Turned about the y axis (cos 0.8, sin 0.6), three units away along its own z axis.
    cameraToWorld: [0.8, 0, 0.6, 1.8 - 0.08, 0, 1, 0, 0.05, -0.6, 0, 0.8, 2.4 + 0.06],
  };
}

/** Puts splats into the kernels' memory, with room for gradients. */
export function placeSplats(kernels: KernelPool, splats: SplatNumbers) {
  const blocks: number[] = [];
  const place = (values: Float32Array) => {
    const address = kernels.allocate(values.length * 4 + 1024);
    blocks.push(address);
    kernels.float32(address, values.length).set(values);
    return address;
  };
  const addresses: Record<string, number> = {};
  for (const name of splatGroups) {
    addresses[name] = place(splats[name]);
    addresses[`${name}Gradient`] = place(new Float32Array(splats[name].length).fill(Number.NaN));
  }
  return {
    addresses: addresses as SplatAddresses,
    gradient: (name: SplatGroup) => kernels.float32(addresses[`${name}Gradient`]!, splats[name].length),
    dispose: () => {
      for (const address of blocks) kernels.release(address);
    },
  };
}
