/** The hash grid's kernels on the backend `simd`: encode, gradient of the table, gradient of the positions. */
import { allocateHashGridLevels, type HashGridLevel } from '../../fields/hashGridLevels.ts';
import type { SimdBackend } from '../simd/simdBackend.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import type * as tf from '../tf.ts';
import { runKernelOp } from './kernelOp.ts';

/** Samples of a work unit; as in src/kernels/assembly/opsHashGrid.ts. */
const unitSamples = 1024;
/** Pieces of a level's encoding; as there. */
const levelPieces = 16;
const tileSamples = 64;
const tileRowBytes = tileSamples * 4;

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
      const call = callOf(inputs, attrs);
      const { table, levels, features, samples, width } = call;
      const { info, address } = backend.output([samples, width], 'float32');
      withTiles(backend, call, ({ levelTable, positions, tiles }) => {
        const addresses = [levelTable, levels.length, features, backend.addressOf(table), positions, tiles];
        backend.kernels.run('opHashGridEncode', levels.length * levelPieces, ...addresses, samples);
        backend.kernels.run('opHashGridRows', unitsOf(samples), tiles, address, width, samples);
      });
      return info;
    }),
    simdKernel('HashGridTableGradient', ({ inputs, attrs, backend }) => {
      const call = callOf(inputs, attrs);
      const { table, levels, features, samples, width } = call;
      const { info, address } = backend.output(table.shape, 'float32');
      withTiles(backend, call, ({ levelTable, positions, tiles }) => {
        const dy = backend.addressOf(inputs['dy']!);
        backend.kernels.run('opHashGridTiles', unitsOf(samples), dy, tiles, width, samples);
        const addresses = [levelTable, levels.length, features, address, positions, tiles];
        backend.kernels.run('hashGridBackward', levels.length, ...addresses, width * tileRowBytes, samples);
      });
      return info;
    }),
    simdKernel('HashGridPositionGradient', ({ inputs, attrs, backend }) => {
      const { positions, table, levels, features, samples } = callOf(inputs, attrs);
      const { info, address } = backend.output(positions.shape, 'float32');
      withLevels(backend, levels, (levelTable) =>
        backend.kernels.run(
          'opHashGridPositionGradient',
          unitsOf(samples),
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
  const features = table.shape[1]!;
  return {
    positions,
    table,
    levels,
    features,
    samples: positions.shape[0]!,
    width: levels.length * features,
  };
}

function unitsOf(samples: number): number {
  return Math.ceil(samples / unitSamples);
}

/** For the length of a call: positions as the grid's kernels read them, [samples][4], and room for tiles [width][64]. */
function withTiles(
  backend: SimdBackend,
  { positions, samples, levels, width }: ReturnType<typeof callOf>,
  body: (addresses: {
    readonly levelTable: number;
    readonly positions: number;
    readonly tiles: number;
  }) => void,
): void {
  const { kernels } = backend;
  const padded = kernels.reserve(Math.max(1, Math.ceil(samples / 4)) * 64);
  const tiles = kernels.reserve(Math.max(1, Math.ceil(samples / tileSamples)) * width * tileRowBytes);
  try {
    kernels.run('opHashGridPositions', unitsOf(samples), backend.addressOf(positions), padded, samples);
    withLevels(backend, levels, (levelTable) => body({ levelTable, positions: padded, tiles }));
  } finally {
    kernels.release(tiles);
    kernels.release(padded);
  }
}

/** Writes the levels' descriptors for the length of a call. */
function withLevels(
  { kernels }: SimdBackend,
  levels: readonly HashGridLevel[],
  body: (levelTable: number) => void,
): void {
  const address = allocateHashGridLevels(kernels, levels);
  try {
    body(address);
  } finally {
    kernels.release(address);
  }
}
