/**
 * The hash grid's encoding on TensorFlow: a sparse matrix of interpolation weights times the table, in one operation of the library
 * forward and one backward. Which entries a position reads, and how much of each, is worked out on the processor: the library's
 * integer operations need a dozen passes for it, and on a GPU they run on the processor anyway.
 */
import type { HashGridLevel } from '../../fields/hashGridLevels.ts';
import * as tf from '../tf.ts';
import { type NativeBackend, nativeBackendOf, typeAttribute } from './nativeBackend.ts';

/** One row a (sample, level), one column an entry of the table; 8 corners a row. */
interface CornerMatrix {
  /** [rows * 8, 2] int32: row and column */
  readonly indices: Int32Array;
  /** [rows * 8] float32 */
  readonly weights: Float32Array;
  readonly rows: number;
}

const corners = 8;
const primeY = 2654435761;
const primeZ = 805459861;

/** The backward pass sees the positions of the forward pass again: the matrix lives as long as their data. */
const matrices = new WeakMap<object, { levels: readonly HashGridLevel[]; matrix: CornerMatrix }>();

const encode: tf.KernelConfig = {
  kernelName: 'HashGridEncode',
  backendName: 'tensorflow',
  kernelFunc({ inputs, attrs, backend }) {
    const native = nativeBackendOf(backend);
    const { positions, table } = inputs as Record<'positions' | 'table', tf.TensorInfo>;
    const matrix = matrixOf(native, positions, levelsOf(attrs));
    const product = multiply(native, matrix, table, { entries: table.shape[0]!, transposed: false });
    const encoded = tf.reshape(product, [positions.shape[0]!, -1]);
    product.dispose();
    return encoded;
  },
};

const tableGradient: tf.KernelConfig = {
  kernelName: 'HashGridTableGradient',
  backendName: 'tensorflow',
  kernelFunc({ inputs, attrs, backend }) {
    const native = nativeBackendOf(backend);
    const { dy, positions, table } = inputs as Record<'dy' | 'positions' | 'table', tf.Tensor>;
    const matrix = matrixOf(native, positions!, levelsOf(attrs));
    const upstream = tf.reshape(dy!, [matrix.rows, table!.shape[1]!]);
    const gradient = multiply(native, matrix, upstream, { entries: table!.shape[0]!, transposed: true });
    upstream.dispose();
    return gradient;
  },
};

const positionGradient: tf.KernelConfig = {
  kernelName: 'HashGridPositionGradient',
  backendName: 'tensorflow',
  kernelFunc({ inputs, attrs, backend }) {
    const native = nativeBackendOf(backend);
    const { dy, positions, table } = inputs as Record<'dy' | 'positions' | 'table', tf.Tensor>;
    const [samples, entries] = [positions!.shape[0]!, table!.shape[0]!];
    const at = native.readSync(positions!.dataId) as Float32Array;
    return tf.tidy(() => {
      const slopes = [0, 1, 2].map((axis) => {
        const matrix = cornerMatrix(at, levelsOf(attrs), axis);
        return tf.reshape(multiply(native, matrix, table!, { entries, transposed: false }), [samples, -1]);
      });
      return tf.stack(
        slopes.map((slope) => tf.sum(tf.mul(slope, dy!), 1)),
        1,
      );
    });
  },
};

/** For the backend `tensorflow`; see src/tensors/ops/hashGridEncode.ts. */
export const hashGridKernels: readonly tf.KernelConfig[] = [encode, tableGradient, positionGradient];

function levelsOf(attributes: tf.NamedAttrMap | undefined): readonly HashGridLevel[] {
  return (attributes as unknown as { levels: readonly HashGridLevel[] }).levels;
}

/** matrix x `dense`, or its transpose x `dense`. */
function multiply(
  native: NativeBackend,
  { indices, weights, rows }: CornerMatrix,
  dense: tf.TensorInfo,
  { entries, transposed }: { readonly entries: number; readonly transposed: boolean },
): tf.Tensor {
  const { binding } = native;
  const own = [
    binding.createTensor([weights.length, 2], binding.TF_INT32, indices),
    binding.createTensor([weights.length], binding.TF_FLOAT, weights),
    binding.createTensor([2], binding.TF_INT64, Int32Array.of(rows, 0, entries, 0)),
  ];
  try {
    const [output] = binding.executeOp(
      'SparseTensorDenseMatMul',
      [
        typeAttribute(native, 'T', 'float32'),
        typeAttribute(native, 'Tindices', 'int32'),
        { name: 'adjoint_a', type: binding.TF_ATTR_BOOL, value: transposed },
        { name: 'adjoint_b', type: binding.TF_ATTR_BOOL, value: false },
      ],
      [...own, ...native.getInputTensorIds([dense])],
      1,
    );
    return native.createOutputTensor(output!);
  } finally {
    for (const tensor of own) binding.deleteTensor(tensor);
  }
}

function matrixOf(
  native: NativeBackend,
  positions: tf.TensorInfo,
  levels: readonly HashGridLevel[],
): CornerMatrix {
  const known = matrices.get(positions.dataId);
  if (known?.levels === levels) return known.matrix;
  const matrix = cornerMatrix(native.readSync(positions.dataId) as Float32Array, levels);
  matrices.set(positions.dataId, { levels, matrix });
  return matrix;
}

/**
 * Entries and trilinear weights of the corners around each position, level by level (Müller et al. 2022, section 3).
 * @param slopeAxis instead of the weights their slopes along this axis
 */
function cornerMatrix(
  positions: Float32Array,
  levels: readonly HashGridLevel[],
  slopeAxis?: number,
): CornerMatrix {
  const rows = (positions.length / 3) * levels.length;
  const indices = new Int32Array(rows * corners * 2);
  const weights = new Float32Array(rows * corners);
  const matrix = { indices, weights, rows };
  levels.forEach((level, number) => {
    writeLevel(positions, level, { first: number, stride: levels.length }, matrix, slopeAxis);
  });
  return matrix;
}

/** Writes the 8 corners of every position at one level, as rows `first`, `first + stride`, ... of the matrix. */
function writeLevel(
  positions: Float32Array,
  { scale, hashed, resolution, firstEntry, entries }: HashGridLevel,
  { first, stride }: { readonly first: number; readonly stride: number },
  { indices, weights }: Pick<CornerMatrix, 'indices' | 'weights'>,
  slopeAxis: number | undefined,
): void {
  const strideY = hashed ? primeY : resolution;
  const strideZ = hashed ? primeZ : resolution * resolution;
  const mask = entries - 1;
  for (let from = 0, row = first; from < positions.length; from += 3, row += stride) {
    // Rounded as in the kernels, so that positions on a cell's border belong to the same cell.
    const x = Math.fround(Math.fround(positions[from]! * scale) + 0.5);
    const y = Math.fround(Math.fround(positions[from + 1]! * scale) + 0.5);
    const z = Math.fround(Math.fround(positions[from + 2]! * scale) + 0.5);
    const cellX = Math.floor(x);
    const cellY = Math.floor(y);
    const cellZ = Math.floor(z);
    const upperX = slopeAxis === 0 ? scale : x - cellX;
    const upperY = slopeAxis === 1 ? scale : y - cellY;
    const upperZ = slopeAxis === 2 ? scale : z - cellZ;
    const lowerX = slopeAxis === 0 ? -scale : 1 - upperX;
    const lowerY = slopeAxis === 1 ? -scale : 1 - upperY;
    const lowerZ = slopeAxis === 2 ? -scale : 1 - upperZ;
    let to = row * corners;
    for (let dz = 0; dz < 2; dz++) {
      const entryZ = Math.imul(cellZ + dz, strideZ);
      const weightZ = dz === 0 ? lowerZ : upperZ;
      for (let dy = 0; dy < 2; dy++, to += 2) {
        const entryY = Math.imul(cellY + dy, strideY);
        const weightYZ = weightZ * (dy === 0 ? lowerY : upperY);
        const below = hashed ? (cellX ^ entryY ^ entryZ) & mask : cellX + entryY + entryZ;
        const above = hashed ? ((cellX + 1) ^ entryY ^ entryZ) & mask : below + 1;
        indices[to * 2] = row;
        indices[to * 2 + 1] = firstEntry + below;
        indices[to * 2 + 2] = row;
        indices[to * 2 + 3] = firstEntry + above;
        weights[to] = weightYZ * lowerX;
        weights[to + 1] = weightYZ * upperX;
      }
    }
  }
}
