/** Splats as a PLY file in the layout of INRIA's 3D Gaussian splatting (Kerbl et al. 2023), which viewers read. */
import { plyVertices } from '../../../data/plyVertices.ts';
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
  const { count, names: all, others, column } = plyVertices(bytes, file);
  const rest = all.filter((name) => name.startsWith('f_rest_')).length;
  if (![0, 9, 24, 45].includes(rest))
    throw new DataError(
      `${file}: has ${rest} properties f_rest_*; harmonics of degree 0 to 3 have 0, 9, 24 or 45. Export it again.`,
      file,
    );
  const columnOf = (name: string) => {
    const found = column(name);
    if (found) return found;
    const isMesh = others.includes('face') || others.includes('tristrips');
    throw new DataError(
      `${file}: is ${isMesh ? 'a mesh' : 'a point cloud or another kind of PLY'}, no Gaussian splats: it has no property ${name}. Give a .ply in the layout of 3D Gaussian splatting.`,
      file,
    );
  };
  const rows = (names: readonly string[]) => {
    const columns = names.map(columnOf);
    const values = new Float32Array(count * names.length);
    for (let index = 0; index < count; index++)
      columns.forEach(({ at }, k) => {
        values[index * names.length + k] = at(index);
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
