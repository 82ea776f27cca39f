/** Volume rendering of samples along rays, as an operation on the tape. */
import { EngineError } from '../../errors.ts';
import * as tf from '../tf.ts';
import { compositeGradient } from './compositeKernels.ts';
import { type CompositedRays, compositeTensors, type RaySamples } from './compositeTensors.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';
import { checkRayOffsets, evenRayOffsets, rayLayout } from './rayLayout.ts';

export interface CompositeSettings {
  /** A ray's samples count for nothing from the first one on before which less than this share of light is left; default 0. */
  readonly minTransmittance?: number;
}

/**
 * `w_i = T_i (1 - exp(-density_i delta_i))`, `T_i = exp(-sum_{j<i} density_j delta_j)` (Max 1995; as nerfacc's `rendering`).
 * All four results are differentiable in densities and colours; deltas and distances are taken as constant.
 * @returns float32 tensors; the caller disposes them
 * @throws EngineError for shapes or offsets that do not fit
 */
export function compositeRays<T extends tf.Tensor1D | tf.Tensor2D>(
  samples: RaySamples<T>,
  settings: CompositeSettings = {},
): CompositedRays<T> {
  const { densities, colors, deltas, distances, rayOffsets } = samples;
  const { minTransmittance = 0 } = settings;
  const shape = densities.shape;
  const fits = (tensor: tf.Tensor, expected: readonly number[]) =>
    tensor.shape.length === expected.length && expected.every((size, axis) => size === tensor.shape[axis]);
  if (densities.rank !== (rayOffsets ? 1 : 2))
    throw new EngineError(
      'compositeRays: densities are [samples] with rayOffsets, or [rays, samples] without',
    );
  if (!fits(deltas, shape) || !fits(distances, shape) || !fits(colors, [...shape, 3]))
    throw new EngineError(
      `compositeRays: for densities of [${shape}], deltas and distances must have that shape and colors [${shape},3]`,
    );
  if (rayOffsets) checkRayOffsets('compositeRays', rayOffsets, densities.size);
  if (!hasKernel('CompositeRays'))
    return compositeTensors(
      samples,
      minTransmittance,
      rayOffsets && rayLayout(rayOffsets),
    ) as CompositedRays<T>;
  const [color, depth, opacity, weights] = tf.tidy(() => {
    const flat = (tensor: tf.Tensor) => tf.reshape(tensor, [-1]);
    const inputs = {
      densities: flat(densities),
      colors: tf.reshape(colors, [-1, 3]),
      deltas: flat(deltas),
      distances: flat(distances),
      rayOffsets: rayOffsets ?? evenRayOffsets(shape[0]!, shape[1]!),
    };
    const outputs = runKernelOp('CompositeRays', inputs, { minTransmittance }, compositeGradient);
    return [...outputs.slice(0, 3), tf.reshape(outputs[3]!, shape)];
  }) as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, T];
  return { color, depth, opacity, weights };
}
