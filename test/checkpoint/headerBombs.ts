/** MessagePack values that are small in a file and want to be large in memory. */

/** A configuration that holds this is what bombs are put into. */
export const bombPlace = 'BOMB-HERE';

const floats = Buffer.from([0xca, 0x3f, 0x81, 0x47, 0xae]);
const prefixed = (token: number, count: number, items: Buffer): Buffer => {
  const head = Buffer.from([token, 0, 0, 0, 0]);
  head.writeUInt32BE(count, 1);
  return Buffer.concat([head, items]);
};
const array = (count: number, item: Buffer) => prefixed(0xdd, count, Buffer.alloc(count * item.length, item));
const uniqueKey = (index: number) =>
  Buffer.concat([Buffer.from([0xa4]), Buffer.from(index.toString(36).padStart(4, '_'))]);

/** @param size bytes of the bomb, about @returns kind number `kind` of it; there are nine */
function bomb(kind: number, size: number): Buffer {
  switch (kind % 9) {
    case 0:
      return Buffer.concat([Buffer.alloc(size, 0x91), Buffer.from([0xc0])]);
    case 1:
      return array(size, Buffer.from([0xc0]));
    case 2:
      return array(Math.ceil(size / 5), floats);
    case 3:
      return array(size, Buffer.from([0x80]));
    case 4:
      return array(size, Buffer.from([0x90]));
    case 5:
      return array(Math.ceil(size / 2), Buffer.from([0xa1, 0x61]));
    case 6: {
      const keys = Array.from({ length: Math.ceil(size / 6) }, (_, index) => uniqueKey(index));
      return prefixed(0xdf, keys.length, Buffer.concat(keys.flatMap((key) => [key, Buffer.from([0xc0])])));
    }
    case 7: {
      const maps = Array.from({ length: Math.ceil(size / 7) }, (_, index) => [
        Buffer.from([0x81]),
        uniqueKey(index),
        Buffer.from([0xc0]),
      ]);
      return prefixed(0xdd, maps.length, Buffer.concat(maps.flat()));
    }
    default:
      return Buffer.concat([prefixed(0xdb, size, Buffer.alloc(size, 0x61))]);
  }
}

/** The file with a bomb in its configuration; header checksum and lengths are for the caller to set right. */
export function withBomb(file: Uint8Array, kind: number, size: number): Buffer {
  const bytes = Buffer.from(file);
  const at = bytes.indexOf(bombPlace) - 1;
  return Buffer.concat([bytes.subarray(0, at), bomb(kind, size), bytes.subarray(at + 1 + bombPlace.length)]);
}
