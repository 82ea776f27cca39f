/** Damaged and hostile files, for each reader of binary files: read or refused with a DataError, soon, and no more is allocated than twice the file. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  readCamerasBinary,
  readImagesBinary,
  readPointsBinary,
} from '../../../src/data/dataparsers/colmap/readColmapBinary.ts';
import { decodeNpy } from '../../../src/data/dataparsers/llff/readNpy.ts';
import { decodePly } from '../../../src/data/dataparsers/readPly.ts';
import { DataError } from '../../../src/errors.ts';
import { decodeSplatPly, encodeSplatPly } from '../../../src/models/splat/files/splatPly.ts';
import { RandomStream, randomAt, randomKey } from '../../../src/rng.ts';
import { colmapBinary, rowOfPhotos } from '../../support/colmapFiles.ts';
import { npyFile } from '../../support/npy.ts';
import { randomSplats } from '../../support/splatScenes.ts';

/** Inputs for each reader; at an acceptance 100,000. */
const inputs = Number(process.env['NERFSTREAM_FUZZ'] ?? 2000);

const model = colmapBinary(rowOfPhotos(12));
const ply = (format: string, body: string) =>
  Buffer.from(
    `ply\nformat ${format} 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n${body}`,
    'latin1',
  );

/** Bytes of typed arrays that were made since it was last set to 0. */
let allocated = 0;
const counted = <Kind extends new (...values: never[]) => ArrayBufferView>(kind: Kind): Kind =>
  new Proxy(kind, {
    construct(target, values: unknown[], made) {
      const size = values[0];
      if (typeof size === 'number')
        allocated += size * (target as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
      return Reflect.construct(target, values, made) as object;
    },
  });
beforeEach(() => {
  vi.stubGlobal('Float64Array', counted(Float64Array));
  vi.stubGlobal('Float32Array', counted(Float32Array));
  vi.stubGlobal('Uint8Array', counted(Uint8Array));
});
afterEach(() => vi.unstubAllGlobals());

/** Bytes of what a reader returned. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value instanceof Map) return bytesOf([...value.values()]);
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, each) => sum + bytesOf(each), 0);
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
    const special = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a, 0x39][next(11 + change * 3, 8)]!;
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
  ['a PLY file of splats', encodeSplatPly(randomSplats(3, 9, 1)), decodeSplatPly],
  [
    'a .npy file',
    npyFile([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [8, 7, 6, 5, 4, 3, 2, 1],
    ]),
    decodeNpy,
  ],
] as const)(
  `%s: ${inputs} damaged files crash nothing, hang nothing and take no memory`,
  (name, bytes, read) => {
    let refused = 0;
    for (let seed = 0; seed < inputs; seed++) {
      const input = mutated(bytes, seed);
      allocated = 0;
      try {
        expect(bytesOf(read(input, name))).toBeLessThanOrEqual(2 * input.length + 64);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        if (!error.message.startsWith(`${name}: `) || error.message.includes('\n')) throw error;
        refused++;
      }
      if (allocated > 2 * input.length + 64) throw new Error(`input ${seed}: ${allocated} bytes allocated`);
    }
    expect(refused).toBeGreaterThan(inputs / 20);
  },
  60_000 + inputs * 2,
);
