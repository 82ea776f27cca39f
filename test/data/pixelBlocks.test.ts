import { describe, expect, it } from 'vitest';
import { pixelBlocks } from '../../src/data/pixelBlocks.ts';

describe('pixelBlocks', () => {
  it('has each pixel once, blocks of 16 x 16 one after the other', () => {
    const [width, height] = [37, 20];
    const order = pixelBlocks(width, height);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: width * height }, (_, k) => k));
    for (const [place, pixel] of order.slice(0, 256).entries())
      expect(pixel).toBe(Math.floor(place / 16) * width + (place % 16));
    // The last block of the first row of them is 5 pixels wide.
    expect([...order.slice(512, 518)]).toEqual([32, 33, 34, 35, 36, 32 + width]);
    expect(order.at(-1)).toBe(width * height - 1);
  });
});
