import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AshaSettings, createAsha, rungSteps } from '../../src/fleet/asha.ts';

/**
 * Algorithm 2 of the paper, written down once more in the plainest way: tables of (trial, loss), sorted whenever somebody asks.
 * `promoted` are those that were given out for the rung above.
 */
function plainAsha(trials: readonly string[], rungs: number, reductionFactor: number) {
  const table: { trial: string; loss: number }[][] = Array.from({ length: rungs }, () => []);
  const promoted: Set<string>[] = Array.from({ length: rungs }, () => new Set());
  const unused = [...trials];
  return {
    getJob(): { trial: string; rung: number } | undefined {
      for (let k = rungs - 2; k >= 0; k--) {
        const sorted = [...table[k]!].sort((a, b) => a.loss - b.loss);
        const candidates = sorted.slice(0, Math.floor(table[k]!.length / reductionFactor));
        const promotable = candidates.filter(({ trial }) => !promoted[k]!.has(trial));
        if (promotable.length > 0) {
          promoted[k]!.add(promotable[0]!.trial);
          return { trial: promotable[0]!.trial, rung: k + 1 };
        }
      }
      const trial = unused.shift();
      return trial === undefined ? undefined : { trial, rung: 0 };
    },
    done(trial: string, rung: number, loss: number) {
      table[rung]!.push({ trial, loss });
    },
  };
}

/** Workers on a clock: a job takes as long as its steps. Says which jobs were given out, in order. */
function simulate(
  places: number,
  next: () => { trial: string; rung: number } | undefined,
  ended: (trial: string, rung: number) => void,
  durationOf: (trial: string, rung: number) => number,
): string[] {
  const given: string[] = [];
  let running: { trial: string; rung: number; at: number; order: number }[] = [];
  let now = 0;
  for (;;) {
    while (running.length < places) {
      const job = next();
      if (!job) break;
      running.push({ ...job, at: now + durationOf(job.trial, job.rung), order: given.length });
      given.push(`${job.trial}@${job.rung}`);
    }
    if (running.length === 0) return given;
    running = running.sort((a, b) => a.at - b.at || a.order - b.order);
    const first = running.shift()!;
    now = first.at;
    ended(first.trial, first.rung);
  }
}

const settings: AshaSettings = { minSteps: 10, maxSteps: 270, reductionFactor: 3, mode: 'min' };
const trialsOf = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

describe('rungSteps', () => {
  it('[FL40] multiplies by the factor, and ends with maxSteps', () => {
    expect(rungSteps(settings)).toEqual([10, 30, 90, 270]);
    expect(rungSteps({ minSteps: 100, maxSteps: 1000, reductionFactor: 3 })).toEqual([100, 300, 900, 1000]);
    expect(rungSteps({ minSteps: 5, maxSteps: 6, reductionFactor: 4 })).toEqual([5, 6]);
  });

  it.each([
    { minSteps: 0, maxSteps: 10, reductionFactor: 3 },
    { minSteps: 10, maxSteps: 10, reductionFactor: 3 },
    { minSteps: 1, maxSteps: 10, reductionFactor: 1 },
  ])('is no ladder with %o', (wrong) => {
    expect(() => rungSteps(wrong)).toThrow(RangeError);
  });
});

describe('createAsha', () => {
  it('[FL40] by hand: of three, the best goes up at once, before a fourth begins', () => {
    const asha = createAsha(trialsOf(5), settings);
    for (const [trial, value] of [
      ['t0', 3],
      ['t1', 1],
      ['t2', 2],
    ] as const) {
      expect(asha.next()).toEqual({ trial, rung: 0, steps: 10 });
      asha.report(trial, 0, value);
    }
    expect(asha.next()).toEqual({ trial: 't1', rung: 1, steps: 30 });
    expect(asha.next()).toEqual({ trial: 't3', rung: 0, steps: 10 });
    expect(asha.next()).toEqual({ trial: 't4', rung: 0, steps: 10 });
    expect(asha.next()).toBeUndefined();
  });

  it('[FL40] gives out the jobs of an implementation of its own, for any losses, places, durations and factors', () => {
    const cases = fc.record({
      losses: fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }), {
        minLength: 1,
        maxLength: 40,
      }),
      drift: fc.double({ min: 0, max: 0.3, noNaN: true }),
      places: fc.integer({ min: 1, max: 8 }),
      reductionFactor: fc.integer({ min: 2, max: 5 }),
      rungs: fc.integer({ min: 2, max: 4 }),
      slow: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(cases, ({ losses, drift, places, reductionFactor, rungs, slow }) => {
        const trials = trialsOf(losses.length);
        // No two are equal at a rung: who of equals goes first is our own matter.
        const loss = (trial: string, rung: number) => {
          const index = Number(trial.slice(1));
          return losses[index]! + drift * Math.sin((index + 1) * (rung + 1) * 12.9898) + index * 1e-9;
        };
        const duration = (trial: string, rung: number) => (1 + (Number(trial.slice(1)) % slow)) * 10 ** rung;
        const plain = plainAsha(trials, rungs, reductionFactor);
        const expected = simulate(
          places,
          plain.getJob,
          (trial, rung) => plain.done(trial, rung, loss(trial, rung)),
          duration,
        );
        const ours = createAsha(trials, {
          minSteps: 1,
          maxSteps: reductionFactor ** (rungs - 1),
          reductionFactor,
          mode: 'min',
        });
        const given = simulate(
          places,
          ours.next,
          (trial, rung) => ours.report(trial, rung, loss(trial, rung)),
          duration,
        );
        // What we give out after the algorithm has ended lets the best of few reach the top.
        expect(given.slice(0, expected.length)).toEqual(expected);
        const rest = given.slice(expected.length).map((job) => job.split('@')[0]);
        expect(new Set(rest).size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('[FL40] larger is better where the mode says so: the same jobs as for the negated values', () => {
    const values = trialsOf(20).map((_, index) => Math.sin(index * 7.1));
    const run = (mode: 'max' | 'min', sign: number) => {
      const asha = createAsha(trialsOf(20), { ...settings, mode });
      return simulate(
        3,
        asha.next,
        (trial, rung) => asha.report(trial, rung, sign * values[Number(trial.slice(1))]!),
        () => 1,
      );
    };
    expect(run('max', 1)).toEqual(run('min', -1));
  });

  it.each(['max', 'min'] as const)(
    '[FL41] a trial that failed goes no further, and is worse than any other (%s)',
    (mode) => {
      const asha = createAsha(trialsOf(6), { ...settings, mode });
      const given = simulate(
        1,
        asha.next,
        (trial, rung) =>
          asha.report(
            trial,
            rung,
            trial === 't0' ? undefined : trial === 't1' ? Number.NaN : Number(trial.slice(1)),
          ),
        () => 1,
      );
      expect(given.filter((job) => /^t[01]@/.test(job))).toEqual(['t0@0', 't1@0']);
    },
  );

  it('[FL41] where all failed nothing goes on', () => {
    const asha = createAsha(trialsOf(7), settings);
    expect(
      simulate(
        2,
        asha.next,
        (trial, rung) => asha.report(trial, rung, undefined),
        () => 1,
      ),
    ).toHaveLength(7);
  });

  it('[FL42] of few trials the best comes to the top, too', () => {
    const asha = createAsha(['a', 'b'], settings);
    const given = simulate(
      2,
      asha.next,
      (trial, rung) => asha.report(trial, rung, trial === 'b' ? 1 : 2),
      () => 1,
    );
    expect(given).toEqual(['a@0', 'b@0', 'b@1', 'b@2', 'b@3']);
  });

  it('[FL43] after an interruption goes on with what was on its way, and comes to the same end', () => {
    const loss = (trial: string) => Math.abs(Math.sin(Number(trial.slice(1)) * 3.7));
    const whole = createAsha(trialsOf(27), settings);
    const expected = simulate(
      1,
      whole.next,
      (trial, rung) => whole.report(trial, rung, loss(trial)),
      () => 1,
    );
    for (const cut of [0, 1, 5, 20, expected.length - 1]) {
      const first = createAsha(trialsOf(27), settings);
      const reports: { trial: string; rung: number; value: number }[] = [];
      for (let done = 0; done < cut; done++) {
        const { trial, rung } = first.next()!;
        reports.push({ trial, rung, value: loss(trial) });
        first.report(trial, rung, loss(trial));
      }
      const { trial, rung } = first.next()!;
      const second = createAsha(trialsOf(27), settings, { reports, begun: [{ trial, rung }] });
      const rest = simulate(
        1,
        second.next,
        (name, at) => second.report(name, at, loss(name)),
        () => 1,
      );
      expect([...reports.map((report) => `${report.trial}@${report.rung}`), ...rest]).toEqual(expected);
    }
  });

  it('[FL44] on a grid of 27 learning curves finds the best of the full grid within 35% of its steps', () => {
    // Curves that approach their limit at rates that depend on the setting, as those of trainings do; early ranks differ from the last ones.
    const rates = [0.3, 1, 3];
    const curves = rates.flatMap((a) => rates.flatMap((b) => rates.map((c) => ({ a, b, c }))));
    const quality = (index: number, steps: number) => {
      const { a, b, c } = curves[index]!;
      const limit =
        28 -
        2 * Math.abs(Math.log(a)) -
        1.3 * Math.abs(Math.log(b) - 0.4) -
        0.7 * Math.abs(Math.log(c) + 0.5);
      return limit - 9 * Math.exp(-((steps / 60) ** 0.5) * (1 + 0.04 * a + 0.02 * b));
    };
    const last = curves.map((_, index) => quality(index, 270));
    const winner = last.indexOf(Math.max(...last));
    const ladder = rungSteps(settings);
    // In orders that have nothing to do with the grid, as sweeps begin them.
    for (const [places, stride] of [1, 2, 4].flatMap((count) =>
      [5, 7, 11, 17, 23].map((by) => [count, by] as const),
    )) {
      const trials = trialsOf(27).map((_, index) => `t${(index * stride + 3) % 27}`);
      const asha = createAsha(trials, { ...settings, mode: 'max' });
      const reached = new Map<string, number>();
      simulate(
        places,
        asha.next,
        (trial, rung) => {
          reached.set(trial, ladder[rung]!);
          asha.report(trial, rung, quality(Number(trial.slice(1)), ladder[rung]!));
        },
        (_, rung) => ladder[rung]!,
      );
      const steps = [...reached.values()].reduce((sum, at) => sum + at, 0);
      expect(reached.get(`t${winner}`)).toBe(270);
      expect(steps / (27 * 270)).toBeLessThan(0.35);
    }
  });
});
