/** Vertices of PLY files, ASCII or binary, whatever their properties mean: points, splats. */
import { DataError } from '../errors.ts';

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
  /** Names of what comes behind the vertices, which is not looked at. */
  readonly others: readonly string[];
  /** Where the vertices begin, in bytes. */
  readonly start: number;
}

/** A property of all vertices. */
export interface PlyColumn {
  readonly isFloat: boolean;
  at(vertex: number): number;
}

export interface PlyVertices {
  readonly count: number;
  /** Names of the properties, in order. */
  readonly names: readonly string[];
  /** Names of the elements that the file has beside vertices. */
  readonly others: readonly string[];
  /** Undefined for a property that is not there. */
  column(name: string): PlyColumn | undefined;
}

const longestHeader = 1 << 16;

/**
 * Nothing is copied: values are read when they are asked for.
 * @param file for errors
 * @throws DataError, one line, for what is no PLY file or is cut off; for ASCII also when a value is asked for
 */
export function plyVertices(bytes: Uint8Array, file: string): PlyVertices {
  const header = readHeader(bytes, file);
  const { count, properties, others } = header;
  const names = properties.map(({ name }) => name);
  const value =
    header.format === 'ascii' ? asciiValue(bytes, header, file) : binaryValue(bytes, header, file);
  return {
    ...{ count, names, others },
    column(name) {
      const index = names.indexOf(name);
      if (index < 0) return undefined;
      return { isFloat: properties[index]!.type.startsWith('float'), at: (vertex) => value(vertex, index) };
    },
  };
}

function fail(file: string, what: string): never {
  throw new DataError(`${file}: ${what}, as an uncompressed PLY file.`, file);
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
  // What lies behind the vertices is not looked at; what lies before them would have to be.
  if (first?.line[1] !== 'vertex') fail(file, 'does not begin with its vertices. Export it again');
  const count = Number(first.line[2]);
  if (!Number.isSafeInteger(count) || count < 0) fail(file, 'says no number of vertices. Export it again');
  const properties = lines
    .slice(first.index, second?.index)
    .filter(([key]) => key === 'property')
    .map(([, type = '', name = '']): Property => {
      const known = olderNames[type] ?? type;
      if (!Object.hasOwn(types, known))
        fail(file, `has vertices with the property ${type} ${name}, which is not read. Export it again`);
      return { name, type: known as TypeName };
    });
  const others = elements.slice(1).map(({ line }) => line[1] ?? '');
  return { format, count, properties, others, start: ended.index + ended[0].length };
}

type Value = (vertex: number, property: number) => number;

function binaryValue(bytes: Uint8Array, { format, count, properties, start }: Header, file: string): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = format === 'binary_little_endian';
  let stride = 0;
  const offsets = properties.map(({ type }) => {
    stride += types[type].bytes;
    return stride - types[type].bytes;
  });
  if (count * stride > bytes.length - start) fail(file, endsEarly(count));
  return (vertex, property) =>
    types[properties[property]!.type].read(view, start + vertex * stride + offsets[property]!, little);
}

function asciiValue(bytes: Uint8Array, { count, properties, start }: Header, file: string): Value {
  // A number takes two bytes at least, with the space behind it.
  if (count * properties.length * 2 > bytes.length - start + 1) fail(file, endsEarly(count));
  const lines = new TextDecoder('latin1').decode(bytes.subarray(start)).split('\n');
  let current = -1;
  let words: readonly string[] = [];
  return (vertex, property) => {
    if (vertex !== current) words = (lines[vertex] ?? '').trim().split(/\s+/);
    current = vertex;
    if (words.length < properties.length) fail(file, endsEarly(count));
    return Number(words[property]);
  };
}

function endsEarly(count: number): string {
  return `ends before the last of its ${count} vertices. Copy it again, or export it again`;
}
