import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, readSafetensors, writeSafetensors } from '../../src/checkpoint/safetensors.ts';
import { tensorsOfWeights, weightsOf } from '../../src/checkpoint/weightNames.ts';
import { CheckpointError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const tensors = {
  'density.bits': { shape: [3], data: Uint8Array.of(1, 2, 255) },
  'encoding.table': { shape: [2, 3], data: Float32Array.of(1, -0, 0.5, Number.POSITIVE_INFINITY, 1e-45, -3) },
  'grid.double': { shape: [], data: Float64Array.of(Math.PI) },
  'grid.half': { shape: [2, 1], data: Uint16Array.of(65535, 1) },
  'grid.none': { shape: [0, 4], data: new Float32Array() },
  'grid.signed': { shape: [1], data: Int32Array.of(-7) },
};

/** A file with any header. */
function forge(header: unknown, data = 0): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([head, text, Buffer.alloc(data)]));
}

describe('writeSafetensors and readSafetensors', () => {
  it('give back what was put in, and leave nothing else', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'a.safetensors');
    await writeSafetensors(file, tensors, { step: '12' });
    expect(await readSafetensors(file)).toEqual(tensors);
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
    const bytes = readFileSync(file);
    const length = Number(bytes.readBigUInt64LE());
    expect([length % 8, bytes.length]).toEqual([0, 8 + length + 8 + 24 + 4 + 4 + 3]);
    expect(JSON.parse(bytes.subarray(8, 8 + length).toString()).__metadata__).toEqual({ step: '12' });
  });

  it('read tensors that are not aligned', async () => {
    const header = {
      a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      b: { dtype: 'F32', shape: [1], data_offsets: [1, 5] },
    };
    const bytes = forge(header, 5);
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, 2.5, true);
    expect(decodeSafetensors(bytes, 'x')['b']).toEqual({ shape: [1], data: Float32Array.of(2.5) });
  });

  it('report a folder that is not there in one line', async () => {
    const file = join(temporaryFolder(), 'nowhere', 'a.safetensors');
    await expect(writeSafetensors(file, tensors, {})).rejects.toThrow(/cannot be written: it does not exist/);
    await expect(readSafetensors(file)).rejects.toThrow(/cannot be read: it does not exist/);
  });
});

describe('files of strangers', () => {
  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it.each([
    ['nothing', new Uint8Array(), 'begin like'],
    ['a length beyond the end', Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 1), 'begin like'],
    ['a huge length', new Uint8Array(16).fill(255), 'begin like'],
    ['no JSON', forge('{"a":'), 'malformed'],
    ['a nesting bomb', forge('['.repeat(500_000)), 'malformed'],
    ['an array', forge([1, 2]), 'malformed'],
    ['an unknown field', forge({ a: { ...entry, code: 'x' } }, 8), 'malformed'],
    ['a negative size', forge({ a: { ...entry, shape: [-2] } }, 8), 'malformed'],
    ['a type that is not known', forge({ a: { ...entry, dtype: 'BF16' } }, 8), 'BF16; readable are F32'],
    ['a shape of another size', forge({ a: { ...entry, shape: [3] } }, 8), 'lies where it cannot be'],
    ['overlapping tensors', forge({ a: entry, b: { ...entry, data_offsets: [4, 12] } }, 12), 'lies where'],
    ['an impossible product', forge({ a: { ...entry, shape: [2 ** 52, 2 ** 52] } }, 8), 'lies where'],
    ['missing data', forge({ a: entry }, 7), 'ends within tensor "a"'],
    ['bytes at the end', forge({ a: entry }, 9), 'after its last tensor'],
  ])('are refused: %s', (_what, bytes, reason) => {
    expect(() => decodeSafetensors(bytes, 'a.safetensors')).toThrow(CheckpointError);
    expect(() => decodeSafetensors(bytes, 'a.safetensors')).toThrow(reason);
  });
});

describe('names of weights', () => {
  const array = { shape: [1], data: Float32Array.of(1) };

  it('are those of the parameters, with dots, and lead back to them', () => {
    const inside = { 'parameters/encoding/table': array, 'parameters/networks/color.0/w': array };
    const outside = weightsOf({ ...inside, 'optimizers/encoding/m': array, 'pipeline/grid': array });
    expect(Object.keys(outside)).toEqual(['encoding.table', 'networks.color.0.w']);
    expect(tensorsOfWeights(outside, ['encoding/table', 'networks/color.0/w'])).toEqual(inside);
  });

  it('that the model has not are kept, for the message', () => {
    expect(Object.keys(tensorsOfWeights({ 'a.b': array }, ['a/c']))).toEqual(['parameters/a.b']);
  });
});

const python = spawnSync('python3', ['-c', 'import safetensors.numpy, numpy']).status === 0;

describe.skipIf(!python)("Python's safetensors package", () => {
  it('reads what we write and writes what we read', async () => {
    const folder = temporaryFolder();
    const [ours, theirs, script] = ['ours.safetensors', 'theirs.safetensors', 'copy.py'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    await writeSafetensors(ours, tensors, { step: '12' });
    writeFileSync(
      script,
      `import json, sys
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
arrays = load_file(sys.argv[1])
save_file(arrays, sys.argv[2])
with safe_open(sys.argv[1], "numpy") as file:
    metadata = file.metadata()
print(json.dumps({"metadata": metadata, "arrays": {n: [str(a.dtype), list(a.shape), a.tobytes().hex()] for n, a in arrays.items()}}))
`,
    );
    const { stdout, stderr } = spawnSync('python3', [script, ours, theirs], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { metadata, arrays } = JSON.parse(stdout);
    expect(metadata).toEqual({ step: '12' });
    const expected = Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      [
        data.constructor.name.replace('Array', '').toLowerCase(),
        shape,
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
      ],
    ]);
    expect(arrays).toEqual(Object.fromEntries(expected));
    expect(await readSafetensors(theirs)).toEqual(tensors);
  });
});
