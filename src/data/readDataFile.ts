/** Reads files of data sets whole, and says what is wrong with those that are none. */
import { open, readFile } from 'node:fs/promises';
import { DataError } from '../errors.ts';

const gitLfs = 'version https://git-lfs';

/**
 * @param most bytes from the beginning; default: all
 * @throws DataError, one line, for a file that cannot be read, or in whose place Git left a pointer
 */
export async function readDataBytes(file: string, most?: number): Promise<Buffer> {
  const reading = most === undefined ? readFile(file) : readBeginning(file, most);
  const bytes = await reading.catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${file}: cannot be read (${error.code}).`, file, { cause: error });
  });
  if (bytes.subarray(0, gitLfs.length).toString('latin1') === gitLfs)
    throw new DataError(
      `${file}: is a pointer of Git LFS, not the file itself. Fetch the files: git lfs pull.`,
      file,
    );
  return bytes;
}

/**
 * The text of `file`, without a byte order mark: UTF-8, or UTF-16 with or without one.
 * @throws DataError as {@link readDataBytes}
 */
export async function readDataText(file: string): Promise<string> {
  const bytes = await readDataBytes(file);
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** The text of the first bytes of `file`, decoded as {@link readDataText} does; empty where it cannot be read. */
export async function readDataBeginning(file: string, bytes = 4096): Promise<string> {
  const beginning = await readBeginning(file, bytes).catch(() => undefined);
  return beginning === undefined ? '' : new TextDecoder(encodingOf(beginning)).decode(beginning);
}

async function readBeginning(file: string, most: number): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** These files begin with an ASCII character: in UTF-16 one of their first two bytes is 0. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined))
    return 'utf-16be';
  return 'utf-8';
}
