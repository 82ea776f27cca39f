import { describe, expect, it } from 'vitest';
import { plotQuality } from '../../scripts/plotQuality.ts';

describe('the plot of quality against time', () => {
  it('puts times on a logarithmic and PSNR on a linear axis, a line for each scene', () => {
    const svg = plotQuality({
      fox: [
        { seconds: 100, psnr: 28 },
        { seconds: 1, psnr: 20 },
        { seconds: 10, psnr: 24 },
      ],
      mic: [{ seconds: 10, psnr: 22 }],
    });
    const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map((match) => match[1]);
    // 1, 10 and 100 s lie evenly on 34..454; 20 to 28 dB on 224..24.
    expect(lines).toEqual(['34.0,224.0 244.0,124.0 454.0,24.0', '244.0,174.0']);
    expect(svg).toContain('>fox 28.0</text>');
    expect(svg).toContain('>mic 22.0</text>');
    expect([...svg.matchAll(/text-anchor="end">(\d+)</g)].map((match) => Number(match[1]))).toEqual([
      20, 22, 24, 26, 28,
    ]);
    expect([...svg.matchAll(/text-anchor="middle">(\d+)</g)].map((match) => Number(match[1]))).toEqual([
      1, 10, 100,
    ]);
    // Every element is closed.
    expect(svg.match(/<(svg|g|text)\b/g)?.length).toBe(svg.match(/<\/(svg|g|text)>/g)?.length);
  });

  it('draws a single value without dividing by nothing', () => {
    expect(plotQuality({ one: [{ seconds: 5, psnr: 30 }] })).not.toContain('NaN');
  });
});
