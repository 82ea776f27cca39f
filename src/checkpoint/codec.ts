/**
 * Checkpoints as bytes. The only file that knows MessagePack. Encoding copies no tensor; decoding gives views on the
 * bytes it was given. Whatever is wrong with the bytes, the answer is one `CheckpointError`: they may come from a stranger.
 */
import { Packr, Unpackr } from 'msgpackr';
import { CheckpointError } from '../errors.ts';
import type { ShapedArray } from '../tensors/namedArrays.ts';
import { canonicalJson } from './canonicalJson.ts';
import { checkPlainMessagePack } from './checkPlainMessagePack.ts';
import type { Checkpoint, Plain } from './checkpoint.ts';
import {
  type CheckpointHeader,
  checkTensorTable,
  headerSchema,
  type TensorEntry,
} from './checkpointHeader.ts';
import {
  alignBlob,
  arrayView,
  blobAlignment,
  checkpointMagic,
  checkpointVersion,
  checksummedPreambleBytes,
  dtypeOf,
  elementBytes,
  maxHeaderBytes,
  preambleBytes,
} from './checkpointLayout.ts';
import { hash64, loadHash64, type RunningHash64 } from './hash64.ts';

/** What a file's first bytes say. */
export interface Preamble {
  readonly version: number;
  /** Bytes. */
  readonly headerLength: number;
  /** Bytes of the whole file. */
  readonly fileLength: number;
  readonly checksum: string;
}

/** A header, and where the blobs begin. */
export interface DecodedHeader {
  readonly header: CheckpointHeader;
  readonly preamble: Preamble;
  /** Bytes from the start of the file. */
  readonly dataStart: number;
}

/** Where a tensor's bytes go. */
export interface PlannedBlob {
  /** Bytes from the start of the file. */
  readonly start: number;
  /** A view on the tensor. */
  readonly bytes: Uint8Array;
}

/** A file before its checksums are known: they are of fixed length, so that places do not depend on them. */
export interface CheckpointPlan {
  readonly blobs: readonly PlannedBlob[];
  /** Bytes. */
  readonly fileLength: number;
  /** Preamble and header, up to where the data begin. @param checksums of the blobs, in their order */
  head(checksums: readonly string[]): Uint8Array;
}

/**
 * Lays a checkpoint out. Tensors are sorted by name; between blobs there are zeros.
 *
 * @throws CheckpointError for an array whose length is not its shape's, or an element type that files do not hold
 */
export function planCheckpoint(checkpoint: Checkpoint, beginHash: () => RunningHash64): CheckpointPlan {
  const named = Object.entries(checkpoint.tensors).sort(([a], [b]) => (a < b ? -1 : 1));
  let end = 0;
  const tensors = named.map(([name, array]): TensorEntry => {
    const entry = { name, offset: alignBlob(end), ...describe(name, array), checksum: '0'.repeat(16) };
    end = entry.offset + entry.byteLength;
    return entry;
  });
  const { step, engine, config, facts } = checkpoint;
  const configHash = hash64(beginHash, new TextEncoder().encode(canonicalJson(config)));
  const head = (checksums: readonly string[]): Uint8Array => {
    const checked = tensors.map((entry, index) => ({
      ...entry,
      checksum: checksums[index] ?? entry.checksum,
    }));
    return encodeHead(beginHash, { step, engine, configHash, config, facts, tensors: checked }, end);
  };
  const dataStart = head([]).length;
  const blobs = named.map(([, { data }], index) => ({
    start: dataStart + tensors[index]!.offset,
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return { blobs, fileLength: dataStart + end, head };
}

/**
 * The file as parts, one after the other; those of tensors are views on the checkpoint's own arrays.
 *
 * @throws CheckpointError as {@link planCheckpoint}
 */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array[]> {
  const beginHash = await loadHash64();
  const { blobs, head } = planCheckpoint(checkpoint, beginHash);
  const parts = [head(blobs.map(({ bytes }) => hash64(beginHash, bytes)))];
  let end = parts[0]!.length;
  for (const { start, bytes } of blobs) {
    parts.push(new Uint8Array(start - end), bytes);
    end = start + bytes.length;
  }
  return parts.filter((part) => part.length > 0);
}

/**
 * @param bytes a whole file; kept alive by the tensors, which are views on it (copied once if `bytes` is not aligned)
 * @param file its path, for messages
 * @throws CheckpointError when a single bit is not as it was written, or anything else is wrong
 */
export async function decodeCheckpoint(bytes: Uint8Array, file?: string): Promise<Checkpoint> {
  const fail = (what: string): CheckpointError => damaged(file, what);
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const { header, preamble, dataStart } = await decodeHeader(aligned, file);
  if (preamble.fileLength !== aligned.length)
    throw fail(`it has ${aligned.length} bytes, ${preamble.fileLength} were written`);
  const beginHash = await loadHash64();
  const tensors: [string, ShapedArray][] = [];
  let end = preambleBytes + preamble.headerLength;
  for (const { name, shape, dtype, offset, byteLength, checksum } of header.tensors) {
    const start = dataStart + offset;
    requireZeros(aligned.subarray(end, start), fail);
    end = start + byteLength;
    if (hash64(beginHash, aligned.subarray(start, end)) !== checksum)
      throw fail(`tensor "${name}" does not match its checksum`);
    const data = arrayView(
      dtype,
      aligned.buffer,
      aligned.byteOffset + start,
      byteLength / elementBytes(dtype),
    );
    tensors.push([name, { shape, data }]);
  }
  requireZeros(aligned.subarray(end), fail);
  const { step, engine, config, facts } = header;
  return {
    step,
    engine,
    config: config as Plain,
    facts: facts as Record<string, Plain>,
    tensors: Object.fromEntries(tensors),
  };
}

/** Reads the first {@link preambleBytes} bytes. @throws CheckpointError */
export function decodePreamble(bytes: Uint8Array, file?: string): Preamble {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, checkpointMagic.length));
  if (magic !== checkpointMagic) {
    if (bytes.length < preambleBytes) throw damaged(file, `it has only ${bytes.length} bytes`);
    throw damaged(file, 'it does not begin like a checkpoint of nerfstream');
  }
  if (bytes.length < preambleBytes) throw damaged(file, `it has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== checkpointVersion)
    throw damaged(file, `its format is version ${version}, this nerfstream reads ${checkpointVersion}`);
  const headerLength = view.getUint32(12, true);
  if (headerLength > maxHeaderBytes) throw damaged(file, `its header claims ${headerLength} bytes`);
  const checksum = view.getBigUint64(24, true).toString(16).padStart(16, '0');
  return { version, headerLength, fileLength: Number(view.getBigUint64(16, true)), checksum };
}

/**
 * Reads and verifies preamble and header; the blobs are not looked at and need not be there.
 *
 * @param bytes at least preamble and header
 * @throws CheckpointError
 */
export async function decodeHeader(bytes: Uint8Array, file?: string): Promise<DecodedHeader> {
  const preamble = decodePreamble(bytes, file);
  const headerEnd = preambleBytes + preamble.headerLength;
  if (bytes.length < headerEnd) throw damaged(file, 'it ends within its header');
  const packed = bytes.subarray(preambleBytes, headerEnd);
  const seal = hash64(await loadHash64(), bytes.subarray(0, checksummedPreambleBytes), packed);
  if (seal !== preamble.checksum) throw damaged(file, 'its header does not match its checksum');
  try {
    checkPlainMessagePack(packed);
    const header = headerSchema.parse(new Unpackr(packOptions).unpack(packed), {
      error: () => 'is malformed',
    });
    const dataBytes = checkTensorTable(header.tensors);
    const dataStart = alignBlob(headerEnd);
    const fileLength = header.tensors.length === 0 ? headerEnd : dataStart + dataBytes;
    if (fileLength !== preamble.fileLength) throw new Error('disagrees with the length of the file');
    return { header, preamble, dataStart };
  } catch (error) {
    const what = error instanceof Error && error.name === 'Error' ? error.message : 'is malformed';
    throw damaged(file, `the header ${what}`, error);
  }
}

/** Maps as objects, no record definitions: the bytes need nothing but themselves to be read. */
const packOptions = { useRecords: false, moreTypes: true } as const;

function encodeHead(beginHash: () => RunningHash64, header: CheckpointHeader, dataBytes: number): Uint8Array {
  const packed = new Packr(packOptions).pack(header);
  if (packed.length > maxHeaderBytes)
    throw new CheckpointError(
      `The checkpoint's header would have ${packed.length} bytes; ${maxHeaderBytes} are possible.`,
    );
  const headerEnd = preambleBytes + packed.length;
  const dataStart = header.tensors.length === 0 ? headerEnd : alignBlob(headerEnd);
  const head = new Uint8Array(dataStart);
  head.set(new TextEncoder().encode(checkpointMagic));
  head.set(packed, preambleBytes);
  const view = new DataView(head.buffer);
  view.setUint32(8, checkpointVersion, true);
  view.setUint32(12, packed.length, true);
  view.setBigUint64(16, BigInt(dataStart + dataBytes), true);
  const checksum = hash64(
    beginHash,
    head.subarray(0, checksummedPreambleBytes),
    head.subarray(preambleBytes, headerEnd),
  );
  view.setBigUint64(24, BigInt(`0x${checksum}`), true);
  return head;
}

function describe(
  name: string,
  { shape, data }: ShapedArray,
): Pick<TensorEntry, 'shape' | 'dtype' | 'byteLength'> {
  const dtype = dtypeOf(data);
  if (dtype === undefined)
    throw new CheckpointError(
      `Tensor "${name}" cannot be saved: ${data.constructor.name} is no element type of checkpoints.`,
    );
  const length = shape.reduce((product, size) => product * size, 1);
  if (length !== data.length)
    throw new CheckpointError(
      `Tensor "${name}" cannot be saved: shape [${shape}] and ${data.length} elements disagree.`,
    );
  return { shape: [...shape], dtype, byteLength: data.byteLength };
}

function requireZeros(padding: Uint8Array, fail: (what: string) => CheckpointError): void {
  if (padding.length >= blobAlignment || padding.some((byte) => byte !== 0))
    throw fail('bytes between its tensors were changed');
}

function damaged(file: string | undefined, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(`${file ?? 'The checkpoint'} cannot be used: ${what}.`, file, { cause });
}
