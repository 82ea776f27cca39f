/** How far apart the weights of each ray lie, as an operation on the tape. */
import { EngineError } from '../../errors.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import * as tf from '../tf.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';
import { checkRayOffsets, evenRayOffsets, rayLayout } from './rayLayout.ts';

/** Rays of a work unit; as in src/kernels/assembly/opsDistortion.ts. */
const unitRays = 64;

/** Weights along rays: packed ([samples], with `rayOffsets`) or as many for each ray ([rays, samples]). */
export interface RayWeights {
  /** float32; differentiable */
  readonly weights: tf.Tensor1D | tf.Tensor2D;
  /** float32: middles of the samples, ascending along a ray */
  readonly distances: tf.Tensor1D | tf.Tensor2D;
  /** float32: lengths of the samples */
  readonly deltas: tf.Tensor1D | tf.Tensor2D;
  /** [rays + 1] int32 */
  readonly rayOffsets?: tf.Tensor1D;
}

/**
 * `sum_ij w_i w_j |m_i - m_j| + sum_i w_i^2 s_i / 3` of each ray, against floaters (mip-NeRF 360, equation 15). Time and memory
 * grow with the samples on `simd`, with their square elsewhere.
 * @returns [rays] float32, whose mean is the loss; the caller disposes it
 * @throws EngineError for shapes or offsets that do not fit
 */
export function rayDistortion({ weights, distances, deltas, rayOffsets }: RayWeights): tf.Tensor1D {
  const shape = weights.shape;
  if (weights.rank !== (rayOffsets ? 1 : 2))
    throw new EngineError('rayDistortion: weights are [samples] with rayOffsets, or [rays, samples] without');
  if (String(distances.shape) !== String(shape) || String(deltas.shape) !== String(shape))
    throw new EngineError(`rayDistortion: distances and deltas must have the weights' shape [${shape}]`);
  if (rayOffsets) checkRayOffsets('rayDistortion', rayOffsets, weights.size);
  return tf.tidy(() => {
    if (hasKernel('RayDistortion')) {
      const flat = (tensor: tf.Tensor) => tf.reshape(tensor, [-1]);
      const offsets = rayOffsets ?? evenRayOffsets(shape[0]!, shape[1]!);
      const inputs = {
        weights: flat(weights),
        distances: flat(distances),
        deltas: flat(deltas),
        rayOffsets: offsets,
      };
      return runKernelOp('RayDistortion', inputs, {}, gradient)[0] as tf.Tensor1D;
    }
    const layout = rayOffsets && rayLayout(rayOffsets);
    const rectangle = (tensor: tf.Tensor): tf.Tensor2D =>
      layout ? layout.unpack(tensor) : (tensor as tf.Tensor2D);
    const [w, m] = [rectangle(weights), rectangle(distances)];
    const apart = tf.abs(tf.sub(tf.expandDims(m, 2), tf.expandDims(m, 1)));
    const others = tf.sum(tf.mul(apart, tf.expandDims(w, 1)), 2);
    const within = tf.div(tf.mul(tf.square(w), rectangle(deltas)), 3);
    return tf.sum(tf.add(tf.mul(w, others), within), 1) as tf.Tensor1D;
  });
}

const gradient: Omit<tf.GradConfig, 'kernelName'> = {
  inputsToSave: ['weights', 'distances', 'deltas', 'rayOffsets'],
  gradFunc: (dy, saved) => {
    const [weights, distances, deltas, rayOffsets] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const inputs = { dy: dy as tf.Tensor, weights, distances, deltas, rayOffsets };
    return { weights: () => runKernelOp('RayDistortionGradient', inputs)[0]! };
  },
};

/** The kernels, for the backend's list. */
export function rayDistortionKernels(): readonly tf.KernelConfig[] {
  return [
    simdKernel('RayDistortion', ({ inputs, backend }) => {
      const rays = inputs['rayOffsets']!.shape[0]! - 1;
      const at = (name: string) => backend.addressOf(inputs[name]!);
      const { info, address } = backend.output([rays], 'float32');
      backend.kernels.run(
        'opDistortion',
        Math.ceil(rays / unitRays),
        rays,
        at('rayOffsets'),
        at('weights'),
        at('distances'),
        at('deltas'),
        address,
      );
      return info;
    }),
    simdKernel('RayDistortionGradient', ({ inputs, backend }) => {
      const rays = inputs['rayOffsets']!.shape[0]! - 1;
      const at = (name: string) => backend.addressOf(inputs[name]!);
      const { info, address } = backend.output(inputs['weights']!.shape, 'float32');
      backend.kernels.run(
        'opDistortionGradient',
        Math.ceil(rays / unitRays),
        rays,
        at('rayOffsets'),
        at('weights'),
        at('distances'),
        at('deltas'),
        at('dy'),
        address,
      );
      return info;
    }),
  ];
}
