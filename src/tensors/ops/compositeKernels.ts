/** The volume rendering kernels on the backend `simd`, for packed samples. */
import { simdKernel } from '../simd/simdKernel.ts';
import type * as tf from '../tf.ts';
import { runKernelOp } from './kernelOp.ts';

/** Rays of a work unit; as in src/kernels/assembly/opsComposite.ts. */
const unitRays = 64;
const inputNames = ['densities', 'colors', 'deltas', 'distances', 'rayOffsets'] as const;

/** Gradients of `CompositeRays`: one kernel gives both. */
export const compositeGradient: Omit<tf.GradConfig, 'kernelName'> = {
  inputsToSave: [...inputNames],
  outputsToSave: [false, false, false, true],
  gradFunc: (dy, saved, attrs) => {
    const [dColor, dDepth, dOpacity, dWeights] = dy as tf.Tensor[];
    const [densities, colors, deltas, distances, rayOffsets, weights] = saved;
    const inputs = { densities, colors, deltas, distances, rayOffsets, weights } as Record<string, tf.Tensor>;
    // Here, not in the functions below: what such a function makes and does not return is disposed behind it.
    const [ofDensities, ofColors] = runKernelOp(
      'CompositeRaysGradient',
      { ...inputs, dColor: dColor!, dDepth: dDepth!, dOpacity: dOpacity!, dWeights: dWeights! },
      attrs,
    );
    return { densities: () => ofDensities!, colors: () => ofColors! };
  },
};

/** The kernels, for the backend's list. */
export function compositeKernels(): readonly tf.KernelConfig[] {
  return [
    simdKernel('CompositeRays', ({ inputs, attrs, backend }) => {
      const rays = inputs['rayOffsets']!.shape[0]! - 1;
      const color = backend.output([rays, 3], 'float32');
      const depth = backend.output([rays], 'float32');
      const opacity = backend.output([rays], 'float32');
      const weights = backend.output(inputs['densities']!.shape, 'float32');
      const [densities, colors, deltas, distances, offsets] = inputNames.map((name) =>
        backend.addressOf(inputs[name]!),
      ) as [number, number, number, number, number];
      backend.kernels.run(
        'opComposite',
        Math.ceil(rays / unitRays),
        rays,
        offsets,
        densities,
        colors,
        deltas,
        distances,
        attrs['minTransmittance'] as number,
        color.address,
        depth.address,
        opacity.address,
        weights.address,
      );
      return [color.info, depth.info, opacity.info, weights.info];
    }),
    simdKernel('CompositeRaysGradient', ({ inputs, attrs, backend }) => {
      const rays = inputs['rayOffsets']!.shape[0]! - 1;
      const at = (name: string) => backend.addressOf(inputs[name]!);
      const densities = backend.output(inputs['densities']!.shape, 'float32');
      const colors = backend.output(inputs['colors']!.shape, 'float32');
      backend.kernels.run(
        'opCompositeGradient',
        Math.ceil(rays / unitRays),
        rays,
        at('rayOffsets'),
        at('densities'),
        at('colors'),
        at('deltas'),
        at('distances'),
        attrs['minTransmittance'] as number,
        at('weights'),
        at('dColor'),
        at('dDepth'),
        at('dOpacity'),
        at('dWeights'),
        densities.address,
        colors.address,
      );
      return [densities.info, colors.info];
    }),
  ];
}
