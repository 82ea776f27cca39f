import { describe, expect, it } from 'vitest';
import { ratioOf, tableOf } from '../../bench/report.ts';

describe('the table of a benchmark', () => {
  it('says how many times better ours is, for times and for rates', () => {
    const reference = { name: 'other', value: 200 };
    expect(ratioOf({ what: 'step', unit: 'ms', ours: 50, reference })).toBe(4);
    expect(ratioOf({ what: 'copy', unit: 'GB/s', ours: 50, reference, moreIsBetter: true })).toBe(0.25);
    expect(ratioOf({ what: 'alone', unit: 'ms', ours: 50 })).toBeUndefined();
  });

  it('aligns the columns and says whether what was aimed at was reached', () => {
    const reference = { name: 'tfjs wasm', value: 330.4 };
    const lines = tableOf([
      { what: 'matMul', unit: 'ms', ours: 41.26, reference, goal: 4 },
      { what: 'a longer name', unit: 'GB/s', ours: 12, moreIsBetter: true, bound: 20 },
    ]).split('\n');
    expect(lines).toEqual([
      '               ours     reference           ratio   aim',
      'matMul         41.3 ms  330 ms (tfjs wasm)  8.01 x  >= 4 x: reached',
      'a longer name  12 GB/s  -                   -       >= 20 GB/s: MISSED',
    ]);
  });
});
