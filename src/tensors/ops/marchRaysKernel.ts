/** The marching kernel on the backend `simd`: rays are walked twice, so that the samples lie packed. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import type * as tf from '../tf.ts';
import type { MarchRaysSettings, OccupancyBits } from './marchRays.ts';

/** Rays of a work unit; as in src/kernels/assembly/opsMarch.ts. */
const unitRays = 64;

/** The kernel, for the backend's list. Outputs: offsets, ray indices, positions, distances, deltas. */
export function marchRaysKernels(): readonly tf.KernelConfig[] {
  return [
    simdKernel('MarchRays', ({ inputs, attrs, backend }) => {
      const { kernels } = backend;
      const rays = inputs['origins']!.shape[0]!;
      const occupancy = attrs['occupancy'] as unknown as OccupancyBits;
      const settings = attrs['settings'] as unknown as Required<MarchRaysSettings>;
      const offsets = backend.output([rays + 1], 'int32');
      const [bits, coarseBits, releaseBits] = placeBits(kernels, occupancy);
      const scratch = kernels.reserve(kernels.call('opMarchScratchBytes') * kernels.threads);
      const march = (...outputs: [positions: number, indices: number, distances: number, deltas: number]) =>
        kernels.run(
          'opMarch',
          Math.ceil(rays / unitRays),
          rays,
          backend.addressOf(inputs['origins']!),
          backend.addressOf(inputs['directions']!),
          bits,
          coarseBits,
          occupancy.levels,
          occupancy.resolution,
          settings.near,
          settings.coneAngle,
          settings.minStep,
          settings.maxStep,
          settings.jitterKey === undefined ? 0 : 1,
          settings.jitterKey ?? 0,
          scratch,
          offsets.address,
          ...outputs,
        );
      try {
        march(0, 0, 0, 0);
        const samples = sumBefore(kernels.int32(offsets.address, rays + 1));
        const indices = backend.output([samples], 'int32');
        const positions = backend.output([samples, 3], 'float32');
        const distances = backend.output([samples], 'float32');
        const deltas = backend.output([samples], 'float32');
        march(positions.address, indices.address, distances.address, deltas.address);
        return [offsets.info, indices.info, positions.info, distances.info, deltas.info];
      } finally {
        kernels.release(scratch);
        releaseBits();
      }
    }),
  ];
}

/** The bits in the kernels' memory, where they may lie already, and one bit for each 4 x 4 x 4 cells. */
function placeBits(
  kernels: KernelPool,
  { levels, resolution, bits }: OccupancyBits,
): [bits: number, coarseBits: number, release: () => void] {
  const there = kernels.addressOf(bits);
  const address = there ?? kernels.reserve(bits.length);
  if (there === undefined) kernels.uint8(address, bits.length).set(bits);
  const coarse = kernels.reserve(Math.ceil(bits.length / 64));
  kernels.call('occupancyCoarseBits', address, coarse, levels, resolution);
  const release = () => {
    if (there === undefined) kernels.release(address);
    kernels.release(coarse);
  };
  return [address, coarse, release];
}

/** Turns counts (the last one is not read) into offsets, in place. @returns the sum */
function sumBefore(counts: Int32Array): number {
  let sum = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index]!;
    counts[index] = sum;
    sum += index < counts.length - 1 ? count : 0;
  }
  return sum;
}
