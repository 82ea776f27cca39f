/** Damaged and hostile binary files: each is read or refused with a DataError, soon, and what is made of it is no larger than twice the file. */
import { expect, it } from 'vitest';
import {
  readCamerasBinary,
  readImagesBinary,
  readPointsBinary,
} from '../../../src/data/dataparsers/colmap/readColmapBinary.ts';
import { decodePly } from '../../../src/data/dataparsers/readPly.ts';
import { DataError } from '../../../src/errors.ts';
import { RandomStream, randomAt, randomKey } from '../../../src/rng.ts';
import { colmapBinary, rowOfPhotos } from '../../support/colmapFiles.ts';

/** Inputs for each reader; at an acceptance 100,000. */
const inputs = Number(process.env['NERFSTREAM_FUZZ'] ?? 2000);

const model = colmapBinary(rowOfPhotos(12));
const ply = (format: string, body: string) =>
  Buffer.from(
    `ply\nformat ${format} 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n${body}`,
    'latin1',
  );

/** Bytes of the typed arrays in what a reader returned. */
function arrayBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value instanceof Map) return arrayBytes([...value.values()]);
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, each) => sum + arrayBytes(each), 0);
}

/** A copy with some bytes, a length or its end changed. */
function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const key = randomKey(seed, RandomStream.noise, 77);
  const next = (k: number, below: number) => randomAt(key, k) % below;
  const copy = Uint8Array.from(
    bytes.subarray(0, next(0, 4) === 0 ? next(1, bytes.length + 1) : bytes.length),
  );
  for (let change = 0; copy.length > 0 && change < 1 + next(2, 6); change++) {
    const at = next(10 + change * 3, copy.length);
    const special = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a][next(11 + change * 3, 7)]!;
    copy.fill(special, at, at + 1 + next(12 + change * 3, 9));
  }
  return copy;
}

it.each([
  ['cameras.bin', model['cameras.bin']!, readCamerasBinary],
  ['images.bin', model['images.bin']!, readImagesBinary],
  ['points3D.bin', model['points3D.bin']!, readPointsBinary],
  ['a binary PLY file', ply('binary_little_endian', 'x'.repeat(30)), decodePly],
  ['an ASCII PLY file', ply('ascii', '1 2 3 4 5 6\n1.5 2 3 4 5 6\n'), decodePly],
] as const)(
  `%s: ${inputs} damaged files crash nothing, hang nothing and take no memory`,
  (name, bytes, read) => {
    let refused = 0;
    for (let seed = 0; seed < inputs; seed++) {
      const input = mutated(bytes, seed);
      try {
        expect(arrayBytes(read(input, name))).toBeLessThanOrEqual(2 * input.length + 64);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        expect(error.message).toMatch(new RegExp(`^${name}: [^\n]+$`));
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(inputs / 20);
  },
  60_000 + inputs * 2,
);
