/** Points of a PLY file: ASCII or binary, positions and, if it has them, colours. */
import { DataError } from '../../errors.ts';
import { readDataBytes } from '../readDataFile.ts';
import type { WorldPoints } from './captureScene.ts';

/** Bytes of each type, and how to read it. */
const types = {
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  int16: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  uint16: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  int32: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  uint32: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  float32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  float64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
} as const satisfies Record<
  string,
  { readonly bytes: number; read(view: DataView, at: number, little: boolean): number }
>;
type TypeName = keyof typeof types;

const olderNames: Readonly<Record<string, TypeName>> = {
  ...{ char: 'int8', uchar: 'uint8', short: 'int16', ushort: 'uint16' },
  ...{ int: 'int32', uint: 'uint32', float: 'float32', double: 'float64' },
};

interface Property {
  readonly name: string;
  readonly type: TypeName;
}

interface Header {
  readonly format: 'ascii' | 'binary_little_endian' | 'binary_big_endian';
  readonly count: number;
  readonly properties: readonly Property[];
  /** Where the vertices begin, in bytes. */
  readonly start: number;
}

const longestHeader = 1 << 16;
const grey = 128;

/** @throws DataError, one line, for what is no PLY file of points or is cut off */
export async function readPly(file: string): Promise<WorldPoints> {
  return decodePly(await readDataBytes(file), file);
}

/**
 * Vertices of a PLY file; points without colours are grey. Colours are whole numbers up to 255, or fractions where they are floating-point numbers.
 * @param file for errors
 * @throws DataError as {@link readPly}
 */
export function decodePly(bytes: Uint8Array, file: string): WorldPoints {
  const header = readHeader(bytes, file);
  const names = header.properties.map(({ name }) => name);
  const placeOf = (name: string) => names.indexOf(name);
  const axes = ['x', 'y', 'z'].map(placeOf);
  if (axes.includes(-1)) fail(file, 'its vertices have no x, y, z. Export points');
  const channels = [
    ['red', 'green', 'blue'],
    ['diffuse_red', 'diffuse_green', 'diffuse_blue'],
    ['r', 'g', 'b'],
  ]
    .map((list) => list.map(placeOf))
    .find((places) => !places.includes(-1));
  const vertex =
    header.format === 'ascii' ? asciiVertices(bytes, header, file) : binaryVertices(bytes, header, file);
  const positions = new Float64Array(header.count * 3);
  const colors = new Uint8Array(header.count * 3).fill(grey);
  const unit = channels && header.properties[channels[0]!]!.type.startsWith('float') ? 255 : 1;
  for (let point = 0; point < header.count; point++) {
    const value = vertex(point);
    for (let axis = 0; axis < 3; axis++) {
      positions[point * 3 + axis] = value(axes[axis]!);
      if (channels)
        colors[point * 3 + axis] = Math.max(0, Math.min(255, Math.round(value(channels[axis]!) * unit)));
    }
  }
  return { positions, colors };
}

function fail(file: string, what: string): never {
  throw new DataError(`${file}: ${what}, as a PLY file.`, file);
}

function readHeader(bytes: Uint8Array, file: string): Header {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, longestHeader));
  const ended = /^end_header\r?\n/m.exec(text);
  if (!/^ply\r?\n/.test(text) || ended === null)
    fail(file, 'is no PLY file, or its header is damaged. Export it again');
  const lines = text
    .slice(0, ended.index)
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/));
  const format = lines.find(([key]) => key === 'format')?.[1];
  if (format !== 'ascii' && format !== 'binary_little_endian' && format !== 'binary_big_endian')
    fail(file, `has the unknown format ${format ?? '(none)'}. Export it again`);
  const elements = lines.flatMap((line, index) => (line[0] === 'element' ? [{ line, index }] : []));
  const [first, second] = elements;
  // What lies behind the vertices (faces) is not looked at; what lies before them would have to be.
  if (first?.line[1] !== 'vertex') fail(file, 'does not begin with its vertices. Export points alone');
  const count = Number(first.line[2]);
  if (!Number.isSafeInteger(count) || count < 0) fail(file, 'says no number of vertices. Export it again');
  const properties = lines
    .slice(first.index, second?.index)
    .filter(([key]) => key === 'property')
    .map(([, type = '', name = '']): Property => {
      const known = olderNames[type] ?? type;
      if (!Object.hasOwn(types, known))
        fail(file, `has vertices with the property ${type} ${name}. Export points`);
      return { name, type: known as TypeName };
    });
  return { format, count, properties, start: ended.index + ended[0].length };
}

type Vertices = (point: number) => (property: number) => number;

function binaryVertices(
  bytes: Uint8Array,
  { format, count, properties, start }: Header,
  file: string,
): Vertices {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = format === 'binary_little_endian';
  let stride = 0;
  const offsets = properties.map(({ type }) => {
    stride += types[type].bytes;
    return stride - types[type].bytes;
  });
  if (count * stride > bytes.length - start) fail(file, endsEarly(count));
  return (point) => (property) =>
    types[properties[property]!.type].read(view, start + point * stride + offsets[property]!, little);
}

function asciiVertices(bytes: Uint8Array, { count, properties, start }: Header, file: string): Vertices {
  // A number takes two bytes at least, with the space behind it.
  if (count * properties.length * 2 > bytes.length - start + 1) fail(file, endsEarly(count));
  const lines = new TextDecoder('latin1').decode(bytes.subarray(start)).split('\n');
  return (point) => {
    const words = (lines[point] ?? '').trim().split(/\s+/);
    if (words.length < properties.length) fail(file, endsEarly(count));
    return (property) => Number(words[property]);
  };
}

function endsEarly(count: number): string {
  return `ends before the last of its ${count} vertices. Copy or export it again`;
}
