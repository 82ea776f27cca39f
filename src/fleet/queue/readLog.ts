/** The end of a log that still grows, in whole lines. */
import { open } from 'node:fs/promises';

/** Part of a log. */
export interface LogPart {
  /** Whole lines, without the last line break; '' where there is nothing (new). */
  readonly text: string;
  /** Bytes of the log up to the end of `text`: what comes later is read from there. */
  readonly at: number;
}

export interface LogWish {
  /** At most so many lines of its end, where nothing of it is known. */
  readonly lines: number;
  /** Bytes that are known: what comes after them is wanted. Beyond the end, which is another log by now, it says nothing. */
  readonly from?: number | undefined;
}

/** Of a log, so many bytes are read at once. */
const mostBytes = 256 * 1024;
const lineBreak = 10;

/** @returns nothing where there is no such file */
export async function readLog(file: string, wish: LogWish): Promise<LogPart> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return { text: '', at: 0 };
  try {
    const { size } = await handle.stat();
    const known = isKnown(wish, size) ? wish.from : undefined;
    const begin = known ?? Math.max(0, size - mostBytes);
    const bytes = Buffer.alloc(Math.min(mostBytes, size - begin));
    await handle.read(bytes, 0, bytes.length, begin);
    return partOf(bytes, begin, { ...wish, from: known });
  } finally {
    await handle.close();
  }
}

/** Of a log that is here as a whole. */
export function partOfLog(log: Uint8Array, wish: LogWish): LogPart {
  const known = isKnown(wish, log.length) ? wish.from : undefined;
  const begin = known ?? Math.max(0, log.length - mostBytes);
  const bytes = Buffer.from(log.subarray(begin, begin + mostBytes));
  return partOf(bytes, begin, { ...wish, from: known });
}

function isKnown({ from }: LogWish, size: number): boolean {
  return from !== undefined && from <= size;
}

function partOf(bytes: Buffer, begin: number, { lines, from }: LogWish): LogPart {
  const whole = bytes.lastIndexOf(lineBreak) + 1;
  // A line longer than all that is read at once comes in pieces.
  const end = whole === 0 && bytes.length === mostBytes ? mostBytes : whole;
  // What was cut off at its beginning is no line.
  const first = from === undefined && begin > 0 ? bytes.indexOf(lineBreak) + 1 : 0;
  const text = bytes.toString('utf8', first, Math.max(first, end)).replace(/\n$/, '');
  const all = text === '' ? [] : text.split('\n');
  return { text: (from === undefined ? all.slice(-lines) : all).join('\n'), at: begin + end };
}
