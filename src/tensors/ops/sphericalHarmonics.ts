/** Real spherical harmonics of view directions, as an operation on the tape. */
import { EngineError } from '../../errors.ts';
import {
  sphericalHarmonics as composedHarmonics,
  sphericalHarmonicsMaxLevels,
} from '../../fields/sphericalHarmonics.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import type * as tf from '../tf.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';

/** Rows of a work unit; as in src/kernels/assembly/opsHarmonics.ts. */
const unitRows = 2048;

/**
 * The components of the first `levels` bands (band l has 2 l + 1), in nerfstudio's order and signs; levels 4 ends with the
 * polynomials of degree 3. Differentiable: the polynomials are defined for any vector.
 * @param directions [rays, 3] float32, unit vectors
 * @param levels 1 to 5
 * @returns [rays, levels^2] float32; the caller disposes it
 * @throws EngineError for another number of levels or another shape
 */
export function sphericalHarmonics(directions: tf.Tensor2D, levels: number): tf.Tensor2D {
  if (!Number.isInteger(levels) || levels < 1 || levels > sphericalHarmonicsMaxLevels)
    throw new EngineError(
      `sphericalHarmonics: levels must be 1 to ${sphericalHarmonicsMaxLevels}, not ${levels}`,
    );
  if (directions.shape[1] !== 3)
    throw new EngineError(`sphericalHarmonics: directions must be [rays, 3], not [${directions.shape}]`);
  if (!hasKernel('SphericalHarmonics')) return composedHarmonics(directions, levels);
  return runKernelOp('SphericalHarmonics', { directions }, { levels }, gradient)[0] as tf.Tensor2D;
}

const gradient: Omit<tf.GradConfig, 'kernelName'> = {
  inputsToSave: ['directions'],
  gradFunc: (dy, [directions], attrs) => ({
    directions: () =>
      runKernelOp('SphericalHarmonicsGradient', { dy: dy as tf.Tensor, directions: directions! }, attrs)[0]!,
  }),
};

/** The kernels, for the backend's list. */
export function sphericalHarmonicsKernels(): readonly tf.KernelConfig[] {
  return [
    simdKernel('SphericalHarmonics', ({ inputs, attrs, backend }) => {
      const directions = inputs['directions']!;
      const rows = directions.shape[0]!;
      const levels = attrs['levels'] as number;
      const { info, address } = backend.output([rows, levels ** 2], 'float32');
      const units = Math.ceil(rows / unitRows);
      backend.kernels.run('opHarmonics', units, levels, backend.addressOf(directions), address, rows);
      return info;
    }),
    simdKernel('SphericalHarmonicsGradient', ({ inputs, attrs, backend }) => {
      const directions = inputs['directions']!;
      const rows = directions.shape[0]!;
      const { info, address } = backend.output(directions.shape, 'float32');
      backend.kernels.run(
        'opHarmonicsGradient',
        Math.ceil(rows / unitRows),
        attrs['levels'] as number,
        backend.addressOf(directions),
        backend.addressOf(inputs['dy']!),
        address,
        rows,
      );
      return info;
    }),
  ];
}
