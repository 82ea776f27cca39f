/** Matrices that NumPy has saved (`np.save`). */
import { DataError } from '../../../errors.ts';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] row-major */
  readonly values: Float64Array;
}

const magic = '\x93NUMPY';
/** Bytes of each type that is read, and how to read it. */
const types = {
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
} as const satisfies Record<
  string,
  { readonly bytes: number; read(view: DataView, at: number, little: boolean): number }
>;

/**
 * @param file for errors
 * @returns a matrix of two dimensions, in float64 whichever precision it was saved with
 * @throws DataError, one line, for what is no such file, holds something else, or is cut off
 * Source of the format: NEP 1
 */
export function decodeNpy(bytes: Uint8Array, file: string): Matrix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const latin = (from: number, to: number) => new TextDecoder('latin1').decode(bytes.subarray(from, to));
  if (latin(0, 6) !== magic || bytes.length < 12) fail(file, 'is no file of NumPy, or its beginning is lost');
  const [major] = bytes.subarray(6, 7);
  if (major !== 1 && major !== 2 && major !== 3)
    fail(file, `has version ${major} of .npy, which is not known`);
  const from = major === 1 ? 10 : 12;
  const start = from + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = latin(from, start);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? '(none)';
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (start > bytes.length || order === undefined || shape === undefined) fail(file, 'has a damaged header');
  const [rows, columns, ...more] = shape
    .split(',')
    .filter((word) => word.trim() !== '')
    .map(Number);
  if (rows === undefined || columns === undefined || more.length > 0)
    fail(file, `holds an array of shape (${shape.replace(/\s+/g, ' ')}), not a matrix`);
  const known = types[type.slice(1) as keyof typeof types];
  if (!Object.hasOwn(types, type.slice(1)) || !/^[<>]/.test(type))
    fail(file, `holds values of type ${JSON.stringify(type)}, not float64 or float32`);
  if (rows * columns * known.bytes > bytes.length - start)
    fail(file, `ends before the last of its ${rows} x ${columns} values`);
  const values = new Float64Array(rows * columns);
  const [alongRow, alongColumn] = order === 'True' ? [rows, 1] : [1, columns];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = start + (row * alongColumn + column * alongRow) * known.bytes;
      values[row * columns + column] = known.read(view, at, type.startsWith('<'));
    }
  return { rows, columns, values };
}

function fail(file: string, what: string): never {
  throw new DataError(`${file}: ${what}. Save it again, or copy it again.`, file);
}
