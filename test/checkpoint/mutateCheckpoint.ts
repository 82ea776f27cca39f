/** Damages checkpoints in every way we could think of, reproducibly. */
import type { XXHashAPI } from 'xxhash-wasm';
import { randomKey, uniformAt } from '../../src/rng.ts';
import { withBomb } from './headerBombs.ts';

/** Tokens that begin containers, strings, binaries and extensions of any size. */
const tokens = [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, ...Array.from({ length: 0x20 }, (_, i) => 0xc0 + i)];

/**
 * One mutation of a file, chosen by `index`: bits flipped, bytes overwritten, inserted or removed, the file cut or
 * extended, length fields changed, nested bombs. Every second one is sealed again: header checksum and file length are
 * right, so that the damage reaches what lies behind them.
 */
export function mutateCheckpoint(original: Uint8Array, index: number, { create64 }: XXHashAPI): Uint8Array {
  const key = randomKey(4711, 8, index);
  let draws = 0;
  const random = (below: number): number => Math.floor(uniformAt(key, draws++) * below);
  const headerEnd = 32 + new DataView(original.buffer, original.byteOffset).getUint32(12, true);
  const sealed = index % 2 === 1;
  // What is sealed again is only interesting if the header has changed; blobs have checksums in the header.
  const place = (): number => (sealed ? 32 + random(headerEnd - 32) : random(original.length));
  if (index % 20 === 19) {
    const bombed = withBomb(original, random(9), random(random(8) === 0 ? 2_000_000 : 50_000));
    return seal(
      realigned(bombed, headerEnd, original.length),
      headerEnd + bombed.length - original.length,
      create64,
    );
  }
  let bytes = Buffer.from(original);
  for (let times = 1 + random(3); times > 0; times--) {
    const at = place();
    switch (random(8)) {
      case 0:
      case 1:
        bytes[at]! ^= 1 << random(8);
        break;
      case 2:
        bytes[at] = tokens[random(tokens.length)]!;
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))]);
        break;
      case 4:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + random(20), random(256)),
          bytes.subarray(at),
        ]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(random(5000), 0x91), bytes.subarray(at)]);
        break;
      case 6:
        bytes.writeUInt32BE(random(2 ** 32), Math.min(at, bytes.length - 4));
        break;
      default:
        if (sealed) bytes[at] = random(256);
        else bytes = bytes.subarray(0, at);
    }
    if (bytes.length < 40) return bytes;
  }
  if (sealed) return seal(bytes, headerEnd + bytes.length - original.length, create64);
  return bytes;
}

function seal(bytes: Buffer, headerEnd: number, create64: XXHashAPI['create64']): Buffer {
  const end = Math.min(bytes.length, Math.max(33, headerEnd));
  bytes.writeUInt32LE(end - 32, 12);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 16);
  bytes.writeBigUInt64LE(
    create64().update(bytes.subarray(0, 24)).update(bytes.subarray(32, end)).digest(),
    24,
  );
  return bytes;
}

/** The file with its data at the next multiple of 64 behind a header that has grown. */
function realigned(bytes: Buffer, headerEnd: number, length: number): Buffer {
  const align = (offset: number) => Math.ceil(offset / 64) * 64;
  const grown = headerEnd + bytes.length - length;
  const data = bytes.subarray(grown + align(headerEnd) - headerEnd);
  return Buffer.concat([bytes.subarray(0, grown), Buffer.alloc(align(grown) - grown), data]);
}
