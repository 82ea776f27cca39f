import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeDepth16, encodeNpy } from '../../src/render/rawOutputs.ts';

describe('encodeNpy', () => {
  it('writes the header that NumPy writes, and the numbers', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const bytes = Buffer.from(encodeNpy({ width: 3, height: 2 }, { channels: 1, data }));
    // What np.save gives for np.array([[1, 2, 3], [4, 5, 6]], np.float32).
    const head = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117);
    expect(bytes.subarray(0, 10)).toEqual(Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]));
    expect(bytes.subarray(10, 128).toString('latin1')).toBe(`${head}\n`);
    expect(Array.from({ length: 6 }, (_, k) => bytes.readFloatLE(128 + 4 * k))).toEqual([...data]);
  });

  it('has colours as bytes, with their channels', () => {
    const bytes = encodeNpy({ width: 1, height: 1 }, { channels: 3, data: Uint8Array.of(7, 8, 9) });
    expect(Buffer.from(bytes).toString('latin1')).toContain(
      "'|u1', 'fortran_order': False, 'shape': (1, 1, 3)",
    );
    expect([...bytes.subarray(128)]).toEqual([7, 8, 9]);
  });
});

describe('encodeDepth16', () => {
  it('counts distances in steps of the unit', async () => {
    const data = Float32Array.of(0, 0.5, 2, 1e9);
    const png = await encodeDepth16({ width: 2, height: 2 }, { channels: 1, data }, 0.001);
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    const { data: raw, info } = await sharp(png)
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2);
    expect([...values].filter((_, k) => k % info.channels === 0)).toEqual([0, 500, 2000, 65_535]);
  });
});
