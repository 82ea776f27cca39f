/** The hash grid's kernels on the backend `simd`: encode, gradient of the table, gradient of the positions. */
import { type HashGridLevel, writeHashGridLevels } from '../../fields/hashGridLevels.ts';
import type { SimdBackend } from '../simd/simdBackend.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import type * as tf from '../tf.ts';
import { runKernelOp } from './kernelOp.ts';

/** Samples of a work unit; as in src/kernels/assembly/opsHashGrid.ts. */
const unitSamples = 1024;
const bytesPerLevel = 32;

/** Gradients of `HashGridEncode`, each computed only if it is asked for. */
export const hashGridGradient: Omit<tf.GradConfig, 'kernelName'> = {
  inputsToSave: ['positions', 'table'],
  gradFunc: (dy, saved, attrs) => {
    const [positions, table] = saved as [tf.Tensor, tf.Tensor];
    const inputs = { dy: dy as tf.Tensor, positions, table };
    return {
      table: () => runKernelOp('HashGridTableGradient', inputs, attrs)[0]!,
      positions: () => runKernelOp('HashGridPositionGradient', inputs, attrs)[0]!,
    };
  },
};

/** The kernels, for the backend's list. */
export function hashGridKernels(): readonly tf.KernelConfig[] {
  return [
    simdKernel('HashGridEncode', ({ inputs, attrs, backend }) => {
      const { positions, table, levels, features, samples } = callOf(inputs, attrs);
      const { info, address } = backend.output([samples, levels.length * features], 'float32');
      withLevels(backend, levels, (levelTable) =>
        backend.kernels.run(
          'opHashGrid',
          Math.ceil(samples / unitSamples),
          levelTable,
          levels.length,
          features,
          backend.addressOf(table),
          backend.addressOf(positions),
          address,
          samples,
        ),
      );
      return info;
    }),
    simdKernel('HashGridTableGradient', ({ inputs, attrs, backend }) => {
      const { positions, table, levels, features, samples } = callOf(inputs, attrs);
      const { info, address } = backend.output(table.shape, 'float32');
      const { kernels } = backend;
      const byLevel = kernels.reserve(Math.max(4, samples * levels.length * features * 4));
      try {
        kernels.run(
          'opHashGridByLevel',
          Math.ceil(samples / unitSamples),
          levels.length,
          features,
          backend.addressOf(inputs['dy']!),
          byLevel,
          samples,
        );
        withLevels(backend, levels, (levelTable) =>
          kernels.run(
            'opHashGridTableGradient',
            levels.length,
            levelTable,
            levels.length,
            features,
            address,
            backend.addressOf(positions),
            byLevel,
            samples,
          ),
        );
      } finally {
        kernels.release(byLevel);
      }
      return info;
    }),
    simdKernel('HashGridPositionGradient', ({ inputs, attrs, backend }) => {
      const { positions, table, levels, features, samples } = callOf(inputs, attrs);
      const { info, address } = backend.output(positions.shape, 'float32');
      withLevels(backend, levels, (levelTable) =>
        backend.kernels.run(
          'opHashGridPositionGradient',
          Math.ceil(samples / unitSamples),
          levelTable,
          levels.length,
          features,
          backend.addressOf(table),
          backend.addressOf(positions),
          backend.addressOf(inputs['dy']!),
          address,
          samples,
        ),
      );
      return info;
    }),
  ];
}

function callOf(inputs: Readonly<Record<string, tf.TensorInfo | undefined>>, attrs: tf.NamedAttrMap) {
  const positions = inputs['positions']!;
  const table = inputs['table']!;
  const levels = attrs['levels'] as unknown as readonly HashGridLevel[];
  return { positions, table, levels, features: table.shape[1]!, samples: positions.shape[0]! };
}

/** Writes the levels' descriptors for the length of a call. */
function withLevels(
  { kernels }: SimdBackend,
  levels: readonly HashGridLevel[],
  body: (levelTable: number) => void,
): void {
  const words = (levels.length * bytesPerLevel) / 4;
  const address = kernels.allocate(levels.length * bytesPerLevel);
  try {
    writeHashGridLevels(levels, kernels.float32(address, words), kernels.int32(address, words));
    body(address);
  } finally {
    kernels.release(address);
  }
}
