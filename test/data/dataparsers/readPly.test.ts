import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePly, readPly } from '../../../src/data/dataparsers/readPly.ts';
import { DataError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const header = (format: string, vertex: string[], count = 2) =>
  `ply\nformat ${format} 1.0\ncomment made by hand\nelement vertex ${count}\n${vertex.join('\n')}\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n`;
const xyz = ['property float x', 'property float y', 'property float z'];
const rgb = ['property uchar red', 'property uchar green', 'property uchar blue'];
const bytes = (text: string) => Buffer.from(text, 'latin1');

/** Two vertices of 23 bytes: x, y, z as float32, a uint8, a float64, red and green. */
function binary(little: boolean): Buffer {
  const rows = new DataView(new ArrayBuffer(2 * 23));
  [
    [1, 2, 3, 9, 0.5, 255, 0],
    [-1.5, 0.25, 8, 1, -2, 1, 2],
  ].forEach(([x, y, z, flag, extra, red, green], row) => {
    const at = row * 23;
    for (const [k, value] of [x, y, z].entries()) rows.setFloat32(at + k * 4, value!, little);
    rows.setUint8(at + 12, flag!);
    rows.setFloat64(at + 13, extra!, little);
    rows.setUint8(at + 21, red!);
    rows.setUint8(at + 22, green!);
  });
  return Buffer.from(rows.buffer);
}

describe('decodePly', () => {
  it.each([
    ['binary_little_endian', true],
    ['binary_big_endian', false],
  ] as const)('reads %s, past what it does not need', (format, little) => {
    const properties = [...xyz, 'property uchar flag', 'property double extra', ...rgb.slice(0, 2)];
    const file = Buffer.concat([bytes(header(format, properties)), binary(little), bytes('\x03faces')]);
    const { positions, colors } = decodePly(file, 'a.ply');
    expect([...positions]).toEqual([1, 2, 3, -1.5, 0.25, 8]);
    // Without blue there is no colour.
    expect([...colors]).toEqual(new Array(6).fill(128));
  });

  it('reads ASCII with Windows line ends, whole and fractional colours, and none', () => {
    const whole = decodePly(
      bytes(
        `${header('ascii', [...xyz, ...rgb])}1 2 3 255 0 7\n-1.5 .25 8e0 1 2 3\n3 0 1 2\n`.replaceAll(
          '\n',
          '\r\n',
        ),
      ),
      'a.ply',
    );
    expect([...whole.positions]).toEqual([1, 2, 3, -1.5, 0.25, 8]);
    expect([...whole.colors]).toEqual([255, 0, 7, 1, 2, 3]);
    const fractions = rgb.map((line) => line.replace('uchar', 'float32'));
    const shades = decodePly(bytes(`${header('ascii', [...xyz, ...fractions], 1)}1 2 3 1 0.5 0\n`), 'a.ply');
    expect([...shades.colors]).toEqual([255, 128, 0]);
    expect([...decodePly(bytes(`${header('ascii', xyz, 1)}1 2 3\n`), 'a.ply').colors]).toEqual([
      128, 128, 128,
    ]);
    expect(decodePly(bytes(header('ascii', xyz, 0)), 'a.ply').positions).toHaveLength(0);
  });

  it.each([
    ['text', 'hello', 'is no PLY file, or its header is damaged'],
    ['no end of the header', 'ply\nformat ascii 1.0\n', 'is no PLY file, or its header is damaged'],
    ['an unknown format', header('ascii', xyz).replace('ascii', 'utf8'), 'has the unknown format utf8'],
    [
      'faces first',
      'ply\nformat ascii 1.0\nelement face 1\nend_header\n',
      'does not begin with its vertices',
    ],
    ['no positions', `${header('ascii', rgb, 1)}1 2 3\n`, 'its vertices have no x, y, z'],
    ['lists', header('ascii', ['property list uchar int a']), 'has vertices with the property list uchar'],
    [
      'a cut off end',
      `${header('binary_little_endian', xyz)}${'x'.repeat(23)}`,
      'ends before the last of its 2',
    ],
    ['cut off text', `${header('ascii', xyz)}1.0 2.0 3.0 4\n5`, 'ends before the last of its 2'],
    ['a huge count', header('ascii', xyz, 1e15), 'ends before the last of its 1000000000000000'],
    ['a negative count', header('ascii', xyz, -1), 'says no number of vertices'],
  ])('refuses %s in one line', (_, text, message) => {
    expect(() => decodePly(bytes(text), 'a.ply')).toThrow(DataError);
    expect(() => decodePly(bytes(text), 'a.ply')).toThrow(message);
    expect(() => decodePly(bytes(text), 'a.ply')).not.toThrow('\n');
  });

  it('[DA10] names a pointer of Git LFS', async () => {
    const file = join(temporaryFolder(), 'a.ply');
    writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
    await expect(readPly(file)).rejects.toThrow(
      `${file}: is a pointer of Git LFS, not the file itself. Fetch the files: git lfs pull.`,
    );
  });
});
