import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { Checkpoint } from '../../src/checkpoint/checkpoint.ts';
import { decodeHeader } from '../../src/checkpoint/codec.ts';
import { decodeCheckpoint } from '../../src/checkpoint/decodeCheckpoint.ts';
import { encodeCheckpoint } from '../../src/checkpoint/encodeCheckpoint.ts';
import { CheckpointError } from '../../src/errors.ts';

const sample: Checkpoint = {
  step: 1234,
  engine: 'simd',
  config: { trainer: { seed: 42, name: 'größe' }, list: [1, 2.5, null, true] },
  facts: { trainSeconds: 12.5, bestSoFar: null },
  tensors: {
    'parameters/encoding/table': { shape: [3, 5], data: Float32Array.from({ length: 15 }, (_, i) => i / 7) },
    'optimizers/encoding/step': { shape: [], data: Int32Array.of(-7) },
    'pipeline/double': { shape: [2], data: Float64Array.of(Math.PI, -0) },
    'pipeline/bits': { shape: [3], data: Uint8Array.of(1, 2, 255) },
    'pipeline/half': { shape: [2, 1], data: Uint16Array.of(65535, 1) },
    'pipeline/words': { shape: [1], data: Uint32Array.of(0xdeadbeef) },
    'pipeline/empty': { shape: [0, 4], data: new Float32Array() },
  },
};

async function bytesOf(checkpoint: Checkpoint): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await encodeCheckpoint(checkpoint)));
}

/** A file with any header, its checksum and length right: what a stranger could send. */
async function forge(packed: Uint8Array, dataBytes = 0): Promise<Uint8Array> {
  const { create64 } = await xxhash();
  const start = dataBytes > 0 ? Math.ceil((32 + packed.length) / 64) * 64 : 32 + packed.length;
  const file = new Uint8Array(start + dataBytes);
  file.set(Buffer.from('NERFSTRM'));
  file.set(packed, 32);
  const view = new DataView(file.buffer);
  view.setUint32(8, 1, true);
  view.setUint32(12, packed.length, true);
  view.setBigUint64(16, BigInt(file.length), true);
  view.setBigUint64(24, create64().update(file.subarray(0, 24)).update(packed).digest(), true);
  return file;
}

async function failure(bytes: Uint8Array): Promise<string> {
  const result = await decodeCheckpoint(bytes, 'a.ckpt').then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(result).toBeInstanceOf(CheckpointError);
  const { message } = result as CheckpointError;
  expect(message).not.toContain('\n');
  return message;
}

describe('encodeCheckpoint and decodeCheckpoint', () => {
  it('give back what was put in', async () => {
    const decoded = await decodeCheckpoint(await bytesOf(sample));
    expect(decoded).toEqual({ ...sample, tensors: expect.anything() });
    expect(decoded.tensors).toEqual(sample.tensors);
  });

  it('keep -0, NaN payloads, infinities and subnormals bit for bit', async () => {
    const bits = Uint32Array.of(0x80000000, 0x7fc12345, 0xffa00001, 0x7f800000, 0x00000001, 0xff800000);
    const tensors = { 'a/b': { shape: [6], data: new Float32Array(bits.buffer) } };
    const decoded = await decodeCheckpoint(await bytesOf({ ...sample, tensors }));
    const { buffer, byteOffset } = decoded.tensors['a/b']!.data;
    expect(new Uint32Array(buffer, byteOffset, 6)).toEqual(bits);
  });

  it('give the same bytes whatever the order of tensors', async () => {
    const reversed = Object.fromEntries(Object.entries(sample.tensors).reverse());
    expect(await bytesOf({ ...sample, tensors: reversed })).toEqual(await bytesOf(sample));
  });

  it('put every blob at a multiple of 64 bytes, little-endian', async () => {
    const bytes = await bytesOf(sample);
    const { header, dataStart } = await decodeHeader(bytes);
    expect(dataStart % 64).toBe(0);
    for (const { offset } of header.tensors) expect(offset % 64).toBe(0);
    const words = header.tensors.find(({ name }) => name === 'pipeline/words')!;
    expect([...bytes.subarray(dataStart + words.offset, dataStart + words.offset + 4)]).toEqual([
      0xef, 0xbe, 0xad, 0xde,
    ]);
  });

  it('check with XXH64: the digits of the reference implementation', async () => {
    const tensors = { a: { shape: [3], data: Uint8Array.from(Buffer.from('abc')) } };
    const { header } = await decodeHeader(await bytesOf({ ...sample, tensors }));
    expect(header.tensors[0]!.checksum).toBe('44bc2cf5ad770999');
  });

  it('give checksums that depend on a tensor alone', async () => {
    const other: Checkpoint = { ...sample, step: 9, facts: { host: 'x' }, config: {} };
    const checksums = async (checkpoint: Checkpoint) =>
      (await decodeHeader(await bytesOf(checkpoint))).header.tensors.map(({ checksum }) => checksum);
    expect(await checksums(other)).toEqual(await checksums(sample));
  });

  it('give tensors that are views on the bytes, also when those are not aligned', async () => {
    const bytes = await bytesOf(sample);
    const decoded = await decodeCheckpoint(bytes);
    expect(decoded.tensors['pipeline/bits']!.data.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect((await decodeCheckpoint(shifted)).tensors).toEqual(sample.tensors);
  });

  it('refuse arrays that do not fit their shape', async () => {
    const tensors = { a: { shape: [2], data: new Float32Array(3) } };
    await expect(encodeCheckpoint({ ...sample, tensors })).rejects.toThrow(/"a".*\[2\].*3 elements/);
  });
});

describe('damage', () => {
  it('is found wherever a bit is flipped, padding included', async () => {
    const bytes = await bytesOf(sample);
    for (let index = 0; index < bytes.length; index++) {
      bytes[index]! ^= 1 << (index % 8);
      await failure(bytes);
      bytes[index]! ^= 1 << (index % 8);
    }
    expect((await decodeCheckpoint(bytes)).step).toBe(1234);
  });

  it('is found at every truncated length, and when bytes are appended', async () => {
    const bytes = await bytesOf(sample);
    for (let length = 0; length < bytes.length; length += 3) await failure(bytes.slice(0, length));
    expect(await failure(new Uint8Array([...bytes, 0]))).toContain(`${bytes.length} were written`);
  });

  it('is described in one line that names the file', async () => {
    const bytes = await bytesOf(sample);
    bytes[bytes.length - 1]! ^= 1;
    expect(await failure(bytes)).toBe(
      'a.ckpt cannot be used: tensor "pipeline/words" does not match its checksum.',
    );
    expect(await failure(Buffer.from('PK\u0003\u0004 something else entirely, long enough'))).toContain(
      'does not begin like a checkpoint',
    );
  });
});

describe('hostile headers with right checksums', () => {
  const pack = (value: unknown): Uint8Array => new Packr({ useRecords: false }).pack(value);
  const header = { step: 1, engine: 'x', configHash: '0'.repeat(16), config: {}, facts: {}, tensors: [] };
  const tensor = {
    name: 'a',
    shape: [4],
    dtype: 'uint8',
    offset: 0,
    byteLength: 4,
    checksum: '0000000000000000',
  };

  it('are accepted when they are well-formed', async () => {
    expect((await decodeCheckpoint(await forge(pack(header)))).step).toBe(1);
  });

  it.each([
    ['nesting bombs', Buffer.alloc(100_000, 0x91), 'nested deeper'],
    ['arrays longer than the file', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]), 'middle of a value'],
    ['maps longer than the file', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff]), 'middle of a value'],
    ['strings longer than the file', Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff]), 'middle of a value'],
    ['record definitions', Buffer.from([0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61]), 'kind that checkpoints'],
    ['typed arrays', Buffer.from([0xc7, 0x05, 0x74, 0x06, 1, 2, 3, 4]), 'kind that checkpoints'],
    ['64-bit integers', Buffer.from([0xcf, 0, 0, 0, 0, 0, 0, 0, 1]), 'kind that checkpoints'],
    ['keys that are not strings', Buffer.from([0x81, 0x01, 0x02]), 'key that is not a string'],
    ['trailing bytes', Buffer.from([0xc0, 0xc0]), 'after its end'],
    [
      'millions of values',
      Buffer.concat([Buffer.from([0xdd, 0, 0x10, 0, 0]), Buffer.alloc(1 << 20, 0xc0)]),
      'more than',
    ],
    ['something else', pack('hello'), 'malformed'],
    ['a missing field', pack({ ...header, step: undefined }), 'kind that checkpoints'],
    ['a negative step', pack({ ...header, step: -1 }), 'malformed'],
    ['an unknown field', pack({ ...header, code: 'x' }), 'malformed'],
  ])('are refused: %s', async (_what, packed, reason) => {
    expect(await failure(await forge(packed))).toContain(reason);
  });

  it.each([
    ["a size that is not its shape's", [{ ...tensor, shape: [5] }], '"a"'],
    ['overlapping tensors', [tensor, { ...tensor, name: 'b' }], '"b" where it cannot be'],
    ['the same name twice', [tensor, { ...tensor, offset: 64 }], 'twice'],
    ['tensors beyond the end', [{ ...tensor, shape: [2 ** 40], byteLength: 2 ** 40 }], 'length of the file'],
    ['an impossible product', [{ ...tensor, shape: [2 ** 52, 2 ** 52] }], '"a"'],
    ['a foreign element type', [{ ...tensor, dtype: 'object' }], 'malformed'],
    ['a checksum that does not match', [tensor], 'does not match its checksum'],
  ])('are refused: %s', async (_what, tensors, reason) => {
    expect(await failure(await forge(pack({ ...header, tensors }), 4))).toContain(reason);
  });

  it('cannot reach the prototype of objects', async () => {
    const packed = Buffer.from(pack({ ...header, config: { ['x'.repeat(9)]: { polluted: true } } }));
    packed.write('__proto__', packed.indexOf('xxxxxxxxx'));
    const { config } = await decodeCheckpoint(await forge(packed));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(config)).toBe(Object.prototype);
  });
});
