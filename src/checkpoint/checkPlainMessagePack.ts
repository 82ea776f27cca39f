/**
 * Walks MessagePack bytes without building anything, so that a hostile header is refused before a decoder sees it: deep
 * nesting, arrays that claim more elements than there are bytes, extension types, trailing bytes.
 */

/** Nesting of a header; real ones have about eight levels. */
const maxDepth = 32;

/**
 * What decoding takes at most, in bytes: a place in a map or array, a number that is not a small integer, the beginning of
 * a string, array or map. A key that was not there before costs more than its text: engines keep layouts of objects.
 */
const costs = { place: 8, number: 16, string: 32, array: 32, map: 96, newKey: 256 } as const;

/** Bytes that follow the token of a float (32, 64), unsigned (8, 16, 32) or signed (8, 16, 32) integer. */
const numberBytes: Readonly<Record<number, number>> = {
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  208: 1,
  209: 2,
  210: 4,
};

/**
 * Accepts nil, booleans, 32-bit integers, floats, strings, arrays, and maps with string keys: what `Plain` consists of.
 *
 * @param budgetBytes memory that what is decoded may take
 * @throws Error whose message completes the sentence "the header ..."
 */
export function checkPlainMessagePack(bytes: Uint8Array, budgetBytes: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  const latin1 = new TextDecoder('latin1');
  const keys = new Set<string>();
  let left = budgetBytes;

  const take = (count: number): void => {
    left -= count;
    if (left < 0) throw new Error(`would take more than ${budgetBytes} bytes of memory`);
  };
  const skip = (count: number): void => {
    if (count > bytes.length - position) throw new Error('ends in the middle of a value');
    position += count;
  };
  const read = (size: 1 | 2 | 4): number => {
    skip(size);
    const at = position - size;
    if (size === 1) return view.getUint8(at);
    return size === 2 ? view.getUint16(at) : view.getUint32(at);
  };
  const string = (token: number): boolean => {
    let length: number;
    if (token >= 0xa0 && token <= 0xbf) length = token & 0x1f;
    else if (token >= 0xd9 && token <= 0xdb) length = read((1 << (token - 0xd9)) as 1 | 2 | 4);
    else return false;
    skip(length);
    return true;
  };
  const key = (): void => {
    const begin = position;
    if (!string(read(1))) throw new Error('has a key that is not a string');
    const text = latin1.decode(bytes.subarray(begin, position));
    if (keys.has(text)) return;
    take(costs.newKey + 2 * text.length);
    keys.add(text);
  };
  const array = (length: number, depth: number): void => {
    take(costs.array);
    for (let index = 0; index < length; index++) value(depth + 1);
  };
  const map = (length: number, depth: number): void => {
    take(costs.map);
    for (let index = 0; index < length; index++) {
      key();
      value(depth + 1);
    }
  };
  const value = (depth: number): void => {
    if (depth > maxDepth) throw new Error(`is nested deeper than ${maxDepth} levels`);
    take(costs.place);
    const begin = position;
    const token = read(1);
    if (token <= 0x7f || token >= 0xe0) return;
    if (string(token)) {
      take(costs.string + position - begin);
      return;
    }
    if (token === 0xc0 || token === 0xc2 || token === 0xc3) return;
    const bytesOfNumber = numberBytes[token];
    if (bytesOfNumber !== undefined) {
      skip(bytesOfNumber);
      take(costs.number);
    } else if (token <= 0x8f) map(token & 0x0f, depth);
    else if (token <= 0x9f) array(token & 0x0f, depth);
    else if (token === 0xdc || token === 0xdd) array(read(token === 0xdc ? 2 : 4), depth);
    else if (token === 0xde || token === 0xdf) map(read(token === 0xde ? 2 : 4), depth);
    else throw new Error(`holds a value of a kind that checkpoints do not have (0x${token.toString(16)})`);
  };

  value(0);
  if (position !== bytes.length) throw new Error('has bytes after its end');
}
