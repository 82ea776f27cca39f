/** PLY files of splats: ours read back bit for bit, other programs' too, and what is none is refused in one line. */
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { decodeSplatPly, encodeSplatPly } from '../../../../src/models/splat/files/splatPly.ts';
import { randomSplats } from '../../../support/splatScenes.ts';

const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);

/** A file as another program might write it: properties in another order and of other types. */
function otherFile(
  header: readonly string[],
  values: readonly (readonly ['f32' | 'f64' | 'u8', number])[],
): Uint8Array {
  const pieces = values.map(([type, value]) => {
    const bytes = Buffer.alloc({ f32: 4, f64: 8, u8: 1 }[type]);
    if (type === 'f32') bytes.writeFloatLE(value);
    else if (type === 'f64') bytes.writeDoubleLE(value);
    else bytes.writeUInt8(value);
    return bytes;
  });
  return Buffer.concat([
    Buffer.from(['ply', 'format binary_little_endian 1.0', ...header, 'end_header', ''].join('\n')),
    ...pieces,
  ]);
}

const floats = (...names: string[]) => names.map((name) => `property float ${name}`);

describe('PLY files of splats', () => {
  it.each([0, 9, 24, 45])('with %i numbers of harmonics come back bit for bit', (width) => {
    const splats = randomSplats(17, width, 3);
    const read = decodeSplatPly(encodeSplatPly(splats), 'a.ply');
    for (const name of Object.keys(splats) as (keyof typeof splats)[])
      expect(read[name]).toEqual(splats[name]);
  });

  it('have INRIA’s header and its order of harmonics: all terms of red, then of green, then of blue', () => {
    const splats = randomSplats(1, 9, 4);
    const bytes = encodeSplatPly(splats);
    expect(text(bytes)).toMatch(/^ply\nformat binary_little_endian 1\.0\ncomment [^\n]*\nelement vertex 1\n/);
    const names = [...text(bytes).matchAll(/^property float (\w+)$/gm)].map(([, name]) => name);
    const rest = Array.from({ length: 9 }, (_, k) => `f_rest_${k}`);
    expect(names).toEqual([
      ...['x', 'y', 'z', 'nx', 'ny', 'nz', 'f_dc_0', 'f_dc_1', 'f_dc_2', ...rest, 'opacity'],
      ...['scale_0', 'scale_1', 'scale_2', 'rot_0', 'rot_1', 'rot_2', 'rot_3'],
    ]);
    const row = Buffer.from(bytes.slice(bytes.length - names.length * 4));
    const value = (name: string) => row.readFloatLE(names.indexOf(name) * 4);
    expect([0, 1, 2].map((k) => value(`f_rest_${k}`))).toEqual([0, 3, 6].map((k) => splats.harmonics[k]));
    expect(value('f_rest_8')).toBe(splats.harmonics[8]);
    expect([value('nx'), value('ny'), value('nz')]).toEqual([0, 0, 0]);
  });

  it('may have other properties between, in another order', () => {
    const header = [
      'comment x',
      'element vertex 1',
      'property uchar red',
      ...floats('opacity', 'z', 'y', 'x'),
      'property double time',
      'property float64 f_dc_0',
      ...floats('f_dc_1', 'f_dc_2', 'rot_0', 'rot_1', 'rot_2', 'rot_3', 'scale_0', 'scale_1', 'scale_2'),
    ];
    const numbers = [2, 3, 4, 5, 6, 7, 8, 9, 10].map((value) => ['f32', value] as const);
    const file = otherFile(header, [
      ['u8', 200],
      ['f32', 0.5],
      ['f32', 3],
      ['f32', 2],
      ['f32', 1],
      ['f64', 9],
      ['f64', 1],
      ...numbers,
    ]);
    const { means, opacities, colors, rotations, scales, harmonics } = decodeSplatPly(file, 'other.ply');
    expect([...means, ...opacities, ...colors, ...rotations, ...scales, ...harmonics]).toEqual([
      ...[1, 2, 3, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ]);
  });

  it('may be text', () => {
    const names = [
      'x',
      'y',
      'z',
      'opacity',
      'f_dc_0',
      'f_dc_1',
      'f_dc_2',
      'rot_0',
      'rot_1',
      'rot_2',
      'rot_3',
    ];
    const header = ['element vertex 2', ...floats(...names, 'scale_0', 'scale_1', 'scale_2'), 'end_header'];
    const rows = [0, 14].map((first) => Array.from({ length: 14 }, (_, k) => first + k + 0.5));
    const lines = ['ply', 'format ascii 1.0', ...header, ...rows.map((row) => row.join(' ')), ''];
    const { means, opacities, scales } = decodeSplatPly(Buffer.from(lines.join('\n')), 'text.ply');
    expect([...means, ...opacities]).toEqual([0.5, 1.5, 2.5, 14.5, 15.5, 16.5, 3.5, 17.5]);
    expect([...scales]).toEqual([11.5, 12.5, 13.5, 25.5, 26.5, 27.5]);
  });

  it('say what is wrong in one line', () => {
    const whole = encodeSplatPly(randomSplats(3, 9, 1));
    const failure = (bytes: Uint8Array) => {
      try {
        decodeSplatPly(bytes, 'a.ply');
        return 'read';
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        return (error as Error).message;
      }
    };
    expect(failure(whole.subarray(0, whole.length - 1))).toMatch(
      /^a\.ply: ends before the last of its 3 vertices\./,
    );
    expect(failure(Buffer.from('solid stl'))).toMatch(/is no PLY file/);
    expect(failure(otherFile(['element chunk 4', ...floats('min_x')], []))).toMatch(
      /^a\.ply: does not begin with its vertices\. Export it again, as an uncompressed PLY file\.$/,
    );
    const cloud = otherFile(
      ['element vertex 1', ...floats('x', 'y', 'z')],
      [
        ['f32', 1],
        ['f32', 1],
        ['f32', 1],
      ],
    );
    expect(failure(cloud)).toMatch(
      /^a\.ply: is a point cloud or another kind of PLY, no Gaussian splats: it has no property rot_0\. Give a/,
    );
    const mesh = otherFile(
      [
        'element vertex 1',
        ...floats('x', 'y', 'z'),
        'element face 0',
        'property list uchar int vertex_indices',
      ],
      [
        ['f32', 1],
        ['f32', 1],
        ['f32', 1],
      ],
    );
    expect(failure(mesh)).toMatch(/^a\.ply: is a mesh, no Gaussian splats/);
    expect(failure(otherFile(['element vertex 0', ...floats('f_rest_0', 'x')], []))).toMatch(
      /has 1 properties f_rest_\*/,
    );
    const splats = randomSplats(3, 0, 1);
    splats.rotations.fill(0, 4, 8);
    expect(failure(encodeSplatPly(splats))).toMatch(/rot_0 to rot_3 of splat 1 are all 0/);
    splats.rotations[4] = 1;
    splats.means[8] = Number.POSITIVE_INFINITY;
    expect(failure(encodeSplatPly(splats))).toMatch(/z of splat 2 is not a finite number/);
    splats.means[8] = 0;
    splats.scales[4] = Number.NaN;
    expect(failure(encodeSplatPly(splats))).toMatch(/scale_1 of splat 1 is not a finite number/);
  });
});
