/**
 * The head of a checkpoint file - preamble and header - as bytes. The only file that knows MessagePack. Whatever is wrong
 * with bytes that are read, the answer is one `CheckpointError`: they may come from a stranger.
 */
import { Packr, Unpackr } from 'msgpackr';
import { CheckpointError } from '../errors.ts';
import { hash64, loadHash64, type RunningHash64 } from '../hash64.ts';
import { checkPlainMessagePack } from './checkPlainMessagePack.ts';
import { type CheckpointHeader, checkTensorTable, headerSchema } from './checkpointHeader.ts';
import {
  alignBlob,
  checkpointMagic,
  checkpointVersion,
  checksummedPreambleBytes,
  maxHeaderBytes,
  preambleBytes,
} from './checkpointLayout.ts';
import { damagedCheckpoint } from './damagedCheckpoint.ts';

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

/** Reads the first {@link preambleBytes} bytes. @throws CheckpointError */
export function decodePreamble(bytes: Uint8Array, file?: string): Preamble {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, checkpointMagic.length));
  if (magic !== checkpointMagic) {
    if (bytes.length < preambleBytes) throw damagedCheckpoint(file, `it has only ${bytes.length} bytes`);
    throw damagedCheckpoint(file, 'it does not begin like a checkpoint of nerfstream');
  }
  if (bytes.length < preambleBytes) throw damagedCheckpoint(file, `it has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== checkpointVersion)
    throw damagedCheckpoint(
      file,
      `its format is version ${version}, this nerfstream reads ${checkpointVersion}`,
    );
  const headerLength = view.getUint32(12, true);
  if (headerLength > maxHeaderBytes) throw damagedCheckpoint(file, `its header claims ${headerLength} bytes`);
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
  if (bytes.length < headerEnd) throw damagedCheckpoint(file, 'it ends within its header');
  const packed = bytes.subarray(preambleBytes, headerEnd);
  const seal = hash64(await loadHash64(), bytes.subarray(0, checksummedPreambleBytes), packed);
  if (seal !== preamble.checksum) throw damagedCheckpoint(file, 'its header does not match its checksum');
  try {
    const header = openHeader(packed, preamble.fileLength);
    return { header, preamble, dataStart: alignBlob(headerEnd) };
  } catch (error) {
    throw damagedCheckpoint(file, `the header ${faultOf(error)}`, error);
  }
}

/**
 * Decodes a header that was not trusted so far.
 *
 * @param fileLength bytes of the whole file: bounds what decoding may take, and must be what the tensors add up to
 * @throws Error whose message completes the sentence "the header ..."
 */
function openHeader(packed: Uint8Array, fileLength: number): CheckpointHeader {
  checkPlainMessagePack(packed, Math.max(smallestBudgetBytes, fileLength));
  const header = headerSchema.parse(new Unpackr(packOptions).unpack(packed), { error: () => 'is malformed' });
  const headerEnd = preambleBytes + packed.length;
  const dataBytes = checkTensorTable(header.tensors);
  const length = header.tensors.length === 0 ? headerEnd : alignBlob(headerEnd) + dataBytes;
  if (length !== fileLength) throw new Error('disagrees with the length of the file');
  return header;
}

function faultOf(error: unknown): string {
  return error instanceof Error && error.name === 'Error' ? error.message : 'is malformed';
}

/** A header may take this much memory however small the file is, and as much as the file has bytes where that is more. */
const smallestBudgetBytes = 2 * 1024 * 1024;

/** Maps as objects, no record definitions: the bytes need nothing but themselves to be read. */
const packOptions = { useRecords: false, moreTypes: true } as const;

/**
 * Preamble and header, up to where the data begin.
 *
 * @param dataBytes from the first blob's start to the last one's end
 * @throws CheckpointError for a header that no reader would accept
 */
export function encodeHead(
  beginHash: () => RunningHash64,
  header: CheckpointHeader,
  dataBytes: number,
): Uint8Array {
  const packed = new Packr(packOptions).pack(header);
  if (packed.length > maxHeaderBytes)
    throw new CheckpointError(
      `The checkpoint's header would have ${packed.length} bytes; ${maxHeaderBytes} are possible.`,
    );
  const headerEnd = preambleBytes + packed.length;
  const dataStart = header.tensors.length === 0 ? headerEnd : alignBlob(headerEnd);
  try {
    openHeader(packed, dataStart + dataBytes);
  } catch (error) {
    throw new CheckpointError(`The checkpoint cannot be saved: its header ${faultOf(error)}.`, undefined, {
      cause: error,
    });
  }
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
