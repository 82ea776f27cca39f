/** Splats as a PLY file in the layout of INRIA's 3D Gaussian splatting (Kerbl et al. 2023), which viewers read. */
import { DataError } from '../../../errors.ts';
import type { SplatValues } from '../splatParameters.ts';

/** Properties of a splat, all float32: position, an unused normal, colour, harmonics, opacity, size, axes. */
function propertiesOf(terms: number): string[] {
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, k) => `${name}_${k}`);
  return [
    ...['x', 'y', 'z', 'nx', 'ny', 'nz'],
    ...numbered('f_dc', 3),
    ...numbered('f_rest', terms * 3),
    'opacity',
    ...numbered('scale', 3),
    ...numbered('rot', 4),
  ];
}

/** @returns a binary little-endian PLY file; harmonics stand in it channel by channel */
export function encodeSplatPly(splats: SplatValues): Uint8Array {
  const count = splats.opacities.length;
  const terms = count === 0 ? 0 : splats.harmonics.length / count / 3;
  const properties = propertiesOf(terms);
  const header = [
    ...[
      'ply',
      'format binary_little_endian 1.0',
      'comment Gaussian splats by nerfstream',
      `element vertex ${count}`,
    ],
    ...properties.map((name) => `property float ${name}`),
    ...['end_header', ''],
  ].join('\n');
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(text.length + count * properties.length * 4);
  bytes.set(text);
  const view = new DataView(bytes.buffer);
  let at = text.length;
  const put = (values: Float32Array, first: number, length: number, step = 1) => {
    for (let k = 0; k < length; k++, at += 4) view.setFloat32(at, values[first + k * step]!, true);
  };
  for (let index = 0; index < count; index++) {
    put(splats.means, index * 3, 3);
    at += 12;
    put(splats.colors, index * 3, 3);
    for (let channel = 0; channel < 3; channel++)
      put(splats.harmonics, index * terms * 3 + channel, terms, 3);
    put(splats.opacities, index, 1);
    put(splats.scales, index * 3, 3);
    put(splats.rotations, index * 4, 4);
  }
  return bytes;
}

/**
 * Reads splats of this or another program.
 * @param file for errors
 * @throws DataError, one line, for what is no PLY file of splats, is cut off, or holds numbers that are not finite
 */
export function decodeSplatPly(bytes: Uint8Array, file: string): SplatValues {
  const { count, columns, stride, start, isMesh } = readHeader(bytes, file);
  const rest = [...columns.keys()].filter((name) => name.startsWith('f_rest_')).length;
  if (![0, 9, 24, 45].includes(rest))
    throw new DataError(
      `${file}: has ${rest} properties f_rest_*; harmonics of degree 0 to 3 have 0, 9, 24 or 45. Export it again.`,
      file,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const column = (name: string) => {
    const found = columns.get(name);
    if (found === undefined)
      throw new DataError(
        `${file}: is ${isMesh ? 'a mesh' : 'a point cloud or another kind of PLY'}, no Gaussian splats: it has no property ${name}. Give a .ply in the layout of 3D Gaussian splatting.`,
        file,
      );
    const { offset, isDouble } = found;
    return (index: number) => {
      const at = start + index * stride + offset;
      return isDouble ? view.getFloat64(at, true) : view.getFloat32(at, true);
    };
  };
  const rows = (names: readonly string[]) => {
    const readers = names.map(column);
    const values = new Float32Array(count * names.length);
    for (let index = 0; index < count; index++)
      readers.forEach((read, k) => {
        values[index * names.length + k] = read(index);
      });
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new DataError(
        `${file}: ${names[bad % names.length]} of splat ${Math.floor(bad / names.length)} is not a finite number. Remove that splat, or export it again.`,
        file,
      );
    return values;
  };
  const rotations = rows(['rot_0', 'rot_1', 'rot_2', 'rot_3']);
  for (let index = 0; index < count; index++)
    if (rotations.subarray(index * 4, index * 4 + 4).every((value) => value === 0))
      throw new DataError(
        `${file}: rot_0 to rot_3 of splat ${index} are all 0, which is no rotation. Remove that splat, or export it again.`,
        file,
      );
  const terms = rest / 3;
  // Term by term here, channel by channel there.
  const harmonics = Array.from({ length: rest }, (_, k) => `f_rest_${(k % 3) * terms + Math.floor(k / 3)}`);
  return {
    means: rows(['x', 'y', 'z']),
    scales: rows(['scale_0', 'scale_1', 'scale_2']),
    rotations,
    opacities: rows(['opacity']),
    colors: rows(['f_dc_0', 'f_dc_1', 'f_dc_2']),
    harmonics: rows(harmonics),
  };
}

const sizes: Readonly<Record<string, number>> = {
  ...{ char: 1, uchar: 1, int8: 1, uint8: 1, short: 2, ushort: 2, int16: 2, uint16: 2 },
  ...{ int: 4, uint: 4, int32: 4, uint32: 4, float: 4, float32: 4, double: 8, float64: 8 },
};

/** No header is longer. */
const maxHeaderBytes = 65_536;

/** Where the vertices' numbers with a point stand, by name, and where the first vertex begins. */
function readHeader(bytes: Uint8Array, file: string) {
  const fail = (what: string): never => {
    throw new DataError(`${file}: ${what}`, file);
  };
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, maxHeaderBytes));
  const end = /^end_header\r?\n/m.exec(text);
  if (!/^ply\r?\n/.test(text) || !end) return fail('is no PLY file. Give a .ply file of Gaussian splats.');
  const lines = text.slice(0, end.index).split(/\r?\n/);
  if (!lines.some((line) => line.trim() === 'format binary_little_endian 1.0'))
    return fail('is not a binary little-endian PLY file. Export it in that format.');
  const elements = lines.filter((line) => line.startsWith('element '));
  const count = Number(/^element vertex (\d+)\s*$/.exec(elements[0] ?? '')?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(count))
    return fail(
      'its first element is not vertex; compressed PLY files are not read. Export it uncompressed.',
    );
  const columns = new Map<string, { readonly offset: number; readonly isDouble: boolean }>();
  let stride = 0;
  const first = lines.indexOf(elements[0]!) + 1;
  const next = elements[1] === undefined ? lines.length : lines.indexOf(elements[1]);
  for (const line of lines.slice(first, next)) {
    const [keyword, type = '', name = ''] = line.trim().split(/\s+/);
    if (keyword !== 'property') continue;
    if (sizes[type] === undefined)
      return fail(`property ${name || type} has a type that is not read: ${type}.`);
    const isDouble = type === 'double' || type === 'float64';
    if (isDouble || type === 'float' || type === 'float32') columns.set(name, { offset: stride, isDouble });
    stride += sizes[type];
  }
  const start = end.index + end[0].length;
  if (bytes.length < start + count * stride)
    return fail(
      `ends too early: ${count} splats need ${start + count * stride} bytes, it has ${bytes.length}. Copy it again.`,
    );
  const isMesh = elements.some((line) => /^element (face|tristrips)\b/.test(line));
  return { count, columns, stride, start, isMesh };
}
