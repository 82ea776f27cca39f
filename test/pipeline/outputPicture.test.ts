/** Pictures of outputs: known colours for known numbers. */
import { describe, expect, it } from 'vitest';
import { outputPicture } from '../../src/pipeline/outputPicture.ts';
import type { RenderedOutput } from '../../src/pipeline/pipeline.ts';

const shown = (output: RenderedOutput, width: number) => {
  const { picture, range } = outputPicture({ width, height: 1 }, output);
  return {
    pixels: Array.from({ length: width }, (_, k) => [...picture.data.subarray(k * 3, k * 3 + 3)]),
    range,
  };
};

describe('outputPicture', () => {
  it('leaves colours as they are', () => {
    const data = Uint8Array.of(1, 2, 3, 250, 251, 252);
    expect(shown({ channels: 3, data }, 2)).toEqual({
      pixels: [
        [1, 2, 3],
        [250, 251, 252],
      ],
      range: undefined,
    });
  });

  it('shows distances from yellow to violet, evenly in 1 / distance, and nothing as black', () => {
    // 1 / distance: 1, 0.25, 0.625 (the middle), nothing, not a number.
    const data = Float32Array.of(1, 4, 1.6, 0, Number.NaN);
    const { pixels, range } = shown({ channels: 1, data, quantity: 'distance' }, 5);
    expect(pixels.slice(0, 2)).toEqual([
      [253, 231, 37],
      [68, 1, 84],
    ]);
    for (const [k, value] of [33, 144, 141].entries())
      expect(Math.abs(pixels[2]![k]! - value)).toBeLessThanOrEqual(2);
    expect(pixels.slice(3)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(range).toEqual([1, 4]);
    expect(shown({ channels: 1, data: new Float32Array(1), quantity: 'distance' }, 1)).toEqual({
      pixels: [[0, 0, 0]],
      range: [0, 0],
    });
  });

  it('shows shares on a scale of their own, directions as colours, and other numbers from the least to the greatest', () => {
    expect(shown({ channels: 1, data: Float32Array.of(0, 0.2, 1.5), quantity: 'share' }, 3).pixels).toEqual([
      [0, 0, 0],
      [51, 51, 51],
      [255, 255, 255],
    ]);
    expect(shown({ channels: 3, data: Float32Array.of(1, -1, 0), quantity: 'direction' }, 1).pixels).toEqual([
      [255, 0, 128],
    ]);
    expect(shown({ channels: 1, data: Float32Array.of(-2, 8, 3) }, 3)).toEqual({
      pixels: [
        [0, 0, 0],
        [255, 255, 255],
        [128, 128, 128],
      ],
      range: [-2, 8],
    });
  });
});
