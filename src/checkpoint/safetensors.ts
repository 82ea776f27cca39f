/**
 * Weights as safetensors files, which Python's machine-learning libraries read and write
 * (https://huggingface.co/docs/safetensors): eight bytes with the header's length, a header of JSON, the tensors' bytes.
 */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { CheckpointError } from '../errors.ts';
import type { NamedArrays, ShapedArray } from '../tensors/namedArrays.ts';
import { arrayView, type CheckpointDtype, dtypeOf, elementBytes } from './checkpointLayout.ts';
import { damagedCheckpoint } from './damagedCheckpoint.ts';
import { fileSystemError } from './fileSystemError.ts';

const lengthBytes = 8;
const maxHeaderBytes = 1024 * 1024;

const names: Readonly<Record<CheckpointDtype, string>> = {
  float32: 'F32',
  float64: 'F64',
  int32: 'I32',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
};
const dtypes = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as CheckpointDtype]));

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const entrySchema = z.strictObject({
  dtype: z.string().max(16),
  shape: z.array(count).max(8),
  data_offsets: z.tuple([count, count]),
});
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(entrySchema);

/**
 * Writes tensors and texts about them, so that the file is either absent or complete.
 *
 * @throws CheckpointError when the file system refuses
 */
export async function writeSafetensors(
  file: string,
  tensors: NamedArrays,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  // The largest elements first, then by name: so each tensor begins at a multiple of its element's size.
  const sorted = Object.entries(tensors).sort(
    ([a, { data: x }], [b, { data: y }]) => y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  let end = 0;
  const entries = sorted.map(([name, { shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype: names[dtypeOf(data)!], shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const text = Buffer.from(json);
  const head = Buffer.alloc(lengthBytes + Math.ceil(text.length / 8) * 8, ' ');
  head.writeBigUInt64LE(BigInt(head.length - lengthBytes));
  text.copy(head, lengthBytes);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(head);
      for (const [, { data }] of sorted)
        await handle.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileSystemError(error, `${file} cannot be written`, file);
  }
}

/** Reads a file of a stranger: everything that it says is checked. @throws CheckpointError */
export async function readSafetensors(file: string): Promise<NamedArrays> {
  let bytes: Uint8Array;
  try {
    if (!(await stat(file)).isFile()) throw damagedCheckpoint(file, 'it is not a file');
    bytes = new Uint8Array(await readFile(file));
  } catch (error) {
    throw fileSystemError(error, `${file} cannot be read`, file);
  }
  return decodeSafetensors(bytes, file);
}

/** @param bytes a whole file; the tensors are views on it where they are aligned @throws CheckpointError */
export function decodeSafetensors(bytes: Uint8Array, file: string): NamedArrays {
  const length =
    bytes.length < lengthBytes
      ? Number.NaN
      : Number(Buffer.from(bytes.buffer, bytes.byteOffset).readBigUInt64LE());
  const start = lengthBytes + length;
  if (!(length <= maxHeaderBytes && start <= bytes.length))
    throw damagedCheckpoint(file, 'it does not begin like a safetensors file');
  const { __metadata__: _texts, ...entries } = parseHeader(bytes.subarray(lengthBytes, start), file);
  let end = 0;
  const sorted = Object.entries(entries).sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  const arrays = sorted.map(([name, { dtype, shape, data_offsets }]): [string, ShapedArray] => {
    const known = dtypes.get(dtype);
    if (known === undefined)
      throw damagedCheckpoint(
        file,
        `tensor "${name}" is of type ${dtype}; readable are ${[...dtypes.keys()].join(', ')}`,
      );
    const [from, to] = data_offsets;
    const size = shape.reduce((product, n) => product * n, elementBytes(known));
    if (from !== end || to - from !== size)
      throw damagedCheckpoint(file, `tensor "${name}" lies where it cannot be`);
    end = to;
    if (start + end > bytes.length) throw damagedCheckpoint(file, `it ends within tensor "${name}"`);
    return [name, { shape, data: viewOf(bytes, known, start + from, size) }];
  });
  if (start + end !== bytes.length) throw damagedCheckpoint(file, 'it has bytes after its last tensor');
  return Object.fromEntries(arrays);
}

function parseHeader(json: Uint8Array, file: string): z.output<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)));
  } catch (error) {
    throw new CheckpointError(`${file} cannot be used: its header is malformed.`, file, { cause: error });
  }
}

function viewOf(bytes: Uint8Array, dtype: CheckpointDtype, start: number, size: number): ShapedArray['data'] {
  const aligned = (bytes.byteOffset + start) % elementBytes(dtype) === 0;
  const source = aligned ? bytes.subarray(start, start + size) : bytes.slice(start, start + size);
  return arrayView(dtype, source.buffer, source.byteOffset, size / elementBytes(dtype));
}
