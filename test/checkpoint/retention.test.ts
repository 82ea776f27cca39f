import { describe, expect, it } from 'vitest';
import {
  obsoleteCheckpoints,
  type RetentionPolicy,
  retentionReasons,
} from '../../src/checkpoint/retention.ts';

/** Checkpoints at steps 100, 200, ... with these scores; NaN stands for none. */
const withScores = (...scores: number[]) =>
  scores.map((score, index) => ({
    file: String(100 * (index + 1)),
    step: 100 * (index + 1),
    ...(Number.isNaN(score) ? {} : { score }),
  }));

/** Steps that stay. */
function kept(scores: number[], policy: RetentionPolicy, pins: number[] = []): number[] {
  const files = withScores(...scores);
  const obsolete = new Set(obsoleteCheckpoints(files, policy, new Set(pins)));
  return files.flatMap(({ file, step }) => (obsolete.has(file) ? [] : [step]));
}

const none = Number.NaN;

describe('obsoleteCheckpoints', () => {
  const table: [what: string, scores: number[], policy: RetentionPolicy, pins: number[], steps: number[]][] =
    [
      ['the latest', [none, none, none, none], { keep: 2 }, [], [300, 400]],
      ['all if there are few', [none], { keep: 2 }, [], [100]],
      [
        'every so many steps',
        [none, none, none, none, none],
        { keep: 1, keepEverySteps: 200 },
        [],
        [200, 400, 500],
      ],
      ['the largest', [3, 9, 4, 1], { keep: 1, keepBest: { metric: 'a', mode: 'max' } }, [], [200, 400]],
      ['the smallest', [3, 9, 4, 5], { keep: 1, keepBest: { metric: 'a', mode: 'min' } }, [], [100, 400]],
      [
        'the three best',
        [3, 9, 4, 5, none],
        { keep: 1, keepBest: { metric: 'a', mode: 'max', count: 3 } },
        [],
        [200, 300, 400, 500],
      ],
      [
        'of equal ones the later',
        [7, 7, 7, 1],
        { keep: 1, keepBest: { metric: 'a', mode: 'min', count: 2 } },
        [],
        [300, 400],
      ],
      [
        'no best without scores',
        [none, none],
        { keep: 1, keepBest: { metric: 'a', mode: 'max' } },
        [],
        [200],
      ],
      ['what is pinned', [none, none, none, none], { keep: 1 }, [100, 300, 999], [100, 300, 400]],
    ];
  it.each(table)('keeps %s', (_what, scores, policy, pins, steps) => {
    expect(kept(scores, policy, pins)).toEqual(steps);
  });
});

describe('retentionReasons', () => {
  it('names every reason, newest checkpoint first', () => {
    const policy = { keep: 1, keepEverySteps: 300, keepBest: { metric: 'a', mode: 'max' } } as const;
    const reasons = retentionReasons(withScores(1, 2, 8), policy, new Set([200, 300]));
    expect(reasons.map(({ checkpoint, reasons }) => [checkpoint.step, reasons])).toEqual([
      [300, ['latest', 'every', 'best', 'pinned']],
      [200, ['pinned']],
      [100, []],
    ]);
  });
});
