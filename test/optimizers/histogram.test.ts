import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramOf } from '../../src/optimizers/histogram.ts';

describe('histogramOf', () => {
  it('counts into buckets of equal width, edges belonging to the upper one', () => {
    expect(histogramOf([0, 1, 2, 3, 4, 4, 1.5], 4)).toEqual({ edges: [0, 1, 2, 3, 4], counts: [1, 2, 1, 3] });
  });

  it('leaves out what is not finite, and knows values that are all the same, or none', () => {
    expect(histogramOf([Number.NaN, 2, Number.POSITIVE_INFINITY, 2])).toEqual({
      edges: [1.5, 2.5],
      counts: [2],
    });
    expect(histogramOf([Number.NaN])).toEqual({ edges: [0, 1], counts: [0] });
  });

  it('counts every value once, between ascending edges', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
        (values) => {
          const { edges, counts } = histogramOf(Float32Array.from(values));
          expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
          expect(edges).toHaveLength(counts.length + 1);
          for (let edge = 1; edge < edges.length; edge++)
            expect(edges[edge] as number).toBeGreaterThan(edges[edge - 1] as number);
        },
      ),
      { numRuns: 100 },
    );
  });
});
