import { beforeAll, describe, expect, it } from 'vitest';
import { pdfSampler } from '../../src/samplers/pdfSampler.ts';
import {
  evenBins,
  linDispPiecewiseSpacing,
  spacingToDistance,
  uniformSpacing,
} from '../../src/samplers/spacing.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';

beforeAll(selectCpuBackend);

describe('spacing', () => {
  it('is even in distance', () => {
    expect(evenBins(4).map((s) => spacingToDistance(uniformSpacing, 2, 6, s))).toEqual([2, 3, 4, 5, 6]);
  });

  it('is even in distance up to 1 and in disparity after', () => {
    // From 0 to infinity: the middle is distance 1, three quarters disparity 1/2.
    const at = (s: number) => spacingToDistance(linDispPiecewiseSpacing, 0, 1e30, s);
    expect([0, 0.25, 0.5, 0.75, 0.875].map(at)).toBeAllClose([0, 0.5, 1, 2, 4]);
  });

  it('goes there and back', () => {
    for (const x of [0, 0.3, 1, 1.5, 40])
      expect(linDispPiecewiseSpacing.toDistance(linDispPiecewiseSpacing.toCoordinate(x))).toBeCloseTo(x, 4);
  });
});

describe('pdfSampler', () => {
  const sample = (weights: number[], numSamples: number, histogramPadding = 0) => {
    const bins = tf.tensor2d([evenBins(weights.length)]);
    return pdfSampler(tf.tensor2d([weights]), bins, { numSamples, histogramPadding }).dataSync();
  };

  it('spreads evenly over even weights, at the middle of even quantiles', () => {
    expect(sample([1, 1, 1, 1], 3)).toBeAllClose([0.125, 0.375, 0.625, 0.875]);
    expect(sample([0, 0, 0, 0], 3)).toBeAllClose([0.125, 0.375, 0.625, 0.875]);
  });

  it('puts samples where the weight is', () => {
    expect(sample([0, 0, 1, 0], 3)).toBeAllClose([0.53125, 0.59375, 0.65625, 0.71875]);
  });

  it('is the inverse of the piecewise linear cumulative weight', () => {
    // Weights 1/4 and 3/4 over halves: quantiles 1/8, 3/8, 5/8, 7/8.
    expect(sample([1, 3], 3)).toBeAllClose([0.25, 0.5 + 1 / 12, 0.75, 0.5 + 5 / 12]);
  });

  it('leaves no bin out with padding', () => {
    const edges = Array.from(sample([0, 0, 100, 0], 63, 100));
    expect(edges.filter((edge) => edge < 0.5).length).toBeGreaterThan(10);
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
  });
});
