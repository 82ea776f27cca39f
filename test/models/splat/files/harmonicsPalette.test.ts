/** Rows of harmonics that splats share. */
import { describe, expect, it } from 'vitest';
import { harmonicsPalette } from '../../../../src/models/splat/files/harmonicsPalette.ts';
import { randomSplats } from '../../../support/splatScenes.ts';

describe('harmonicsPalette', () => {
  it('has a row for each splat where there are enough', () => {
    const { harmonics } = randomSplats(7, 9, 1);
    const { rows, labels } = harmonicsPalette(harmonics, 9, 7);
    expect(rows).toEqual(harmonics);
    expect([...labels]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('finds groups that lie apart, whatever their order, and takes their means', () => {
    // Four corners, six splats about each: row 0 of a group is off by +0.3, row 1 by -0.3, the others not at all.
    const corners = [
      [0, 0],
      [0, 50],
      [100, 0],
      [100, 50],
    ];
    const offsets = [0.3, -0.3, 0, 0, 0, 0];
    const splats = offsets.flatMap((offset) => corners.map(([x, y]) => [x! + offset, y!]));
    const { rows, labels } = harmonicsPalette(Float32Array.from(splats.flat()), 2, 4);
    expect([...labels].every((label, index) => label === labels[index % 4])).toBe(true);
    expect(new Set(labels).size).toBe(4);
    const found = [...labels.subarray(0, 4)].map((label) => [rows[label * 2], rows[label * 2 + 1]]);
    for (const [index, [x, y]] of found.entries()) {
      expect(x).toBeCloseTo(corners[index]![0]!, 5);
      expect(y).toBeCloseTo(corners[index]![1]!, 5);
    }
  });

  it('shares no more rows than asked for, of as many splats each', () => {
    const { harmonics } = randomSplats(1000, 45, 2);
    const { rows, labels } = harmonicsPalette(harmonics, 45, 64);
    expect(rows).toHaveLength(64 * 45);
    const counts = new Array<number>(64).fill(0);
    for (const label of labels) counts[label]! += 1;
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
