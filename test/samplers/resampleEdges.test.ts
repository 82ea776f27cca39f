/** Inverse transform sampling, against quantiles computed by hand. (nerfstudio's values: test/golden/components.test.ts) */
import { describe, expect, it } from 'vitest';
import { resampleEdges } from '../../src/samplers/resampleEdges.ts';

const edges = Float32Array.of(0, 0.25, 0.5, 1);
const settings = { numSamples: 3, histogramPadding: 0 };

describe('resampleEdges', () => {
  it('puts the quantiles where the weight is', () => {
    // Shares 0, 1/4, 1: quantiles 1/8, 3/8, 5/8, 7/8.
    const result = resampleEdges(Float32Array.of(0, 1, 3), edges, 1, settings);
    expect(result).toBeAllClose([0.375, 0.5 + 0.5 / 6, 0.75, 0.5 + 0.5 * (5 / 6)]);
  });

  it('moves each quantile within its own step', () => {
    const weights = Float32Array.of(1, 1, 2);
    const at = (jitter: number) => resampleEdges(weights, edges, 1, { ...settings, jitter: () => jitter });
    expect(at(0)).toBeAllClose([0, 0.25, 0.5, 0.75]);
    expect(at(0.999)).toBeAllClose([0.25, 0.5, 0.75, 1], { atol: 1e-3 });
  });

  it('asks for the jitter of each ray and quantile', () => {
    const asked: string[] = [];
    resampleEdges(new Float32Array(6).fill(1), Float32Array.of(...edges, ...edges), 2, {
      ...settings,
      jitter: (ray, index) => {
        asked.push(`${ray}/${index}`);
        return 0.5;
      },
    });
    expect(asked).toEqual(['0/0', '0/1', '0/2', '0/3', '1/0', '1/1', '1/2', '1/3']);
  });

  it('keeps the original edges among the new ones, in order, ray by ray', () => {
    const weights = Float32Array.of(0, 1, 3, 1, 0, 0);
    const both = Float32Array.of(...edges, ...edges);
    const result = resampleEdges(weights, both, 2, { ...settings, includeOriginal: true });
    expect(result).toHaveLength(16);
    expect(result.slice(0, 8)).toBeAllClose([0, 0.25, 0.375, 0.5, 0.5 + 0.5 / 6, 0.75, 0.5 + 2.5 / 6, 1]);
    expect(result.slice(8)).toBeAllClose([0, 0.03125, 0.09375, 0.15625, 0.21875, 0.25, 0.5, 1]);
  });

  it('samples a ray without weight evenly, bin by bin', () => {
    const result = resampleEdges(new Float32Array(3), edges, 1, { ...settings, numSamples: 2 });
    expect(result).toBeAllClose([0.125, 0.375, 0.75], { atol: 1e-6 });
  });
});
