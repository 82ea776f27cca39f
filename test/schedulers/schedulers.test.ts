/** Schedules at their boundary steps, by hand-computed values, and where nerfstudio's go wrong. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import { createSchedule, type PureSchedulerConfig } from '../../src/schedulers/createSchedule.ts';
import { createSchedulers } from '../../src/schedulers/createSchedulers.ts';
import { schedulerSchema } from '../../src/schedulers/schedulerSchema.ts';

const schedule = (settings: Record<string, unknown>, initial = 1) =>
  createSchedule(schedulerSchema.parse(settings) as PureSchedulerConfig, initial);
const rates = (settings: Record<string, unknown>, counts: readonly number[], initial = 1) =>
  counts.map(schedule(settings, initial));
const half = Math.SQRT1_2;

describe.each([
  [{ kind: 'constant' }, [0, 7], [1, 1]],
  [
    {
      kind: 'exponentialDecay',
      finalLearningRate: 0.01,
      maxSteps: 20,
      warmupSteps: 10,
      preWarmupLearningRate: 0,
    },
    [0, 5, 10, 15, 20, 21, 1e6],
    [0, half, 1, 0.1, 0.01, 0.01, 0.01],
  ],
  [
    { kind: 'exponentialDecay', maxSteps: 4, warmupSteps: 4, preWarmupLearningRate: 0.2, ramp: 'linear' },
    [0, 1, 3, 4, 5],
    [0.2, 0.4, 0.8, 1, 1],
  ],
  [
    { kind: 'cosineDecay', warmupSteps: 4, maxSteps: 8, finalFactor: 0.5 },
    [0, 1, 4, 6, 8, 9, 12],
    [0, 0.25, 1, 0.75, 0.5, 0.5, 0.5],
  ],
  [{ kind: 'multiStep', milestones: [2, 5], gamma: 0.5 }, [0, 1, 2, 4, 5, 99], [1, 1, 0.5, 0.5, 0.25, 0.25]],
  [{ kind: 'step', stepSize: 3, gamma: 0.5 }, [0, 2, 3, 5, 6], [1, 1, 0.5, 0.5, 0.25]],
  [{ kind: 'exponential', gamma: 0.5 }, [0, 1, 3], [1, 0.5, 0.125]],
  [{ kind: 'cosineAnnealing', halfPeriod: 4, minLearningRate: 0.2 }, [0, 2, 4, 6, 8], [1, 0.6, 0.2, 0.6, 1]],
  [
    { kind: 'cosineAnnealingWarmRestarts', firstPeriod: 2, periodFactor: 2 },
    [0, 1, 2, 4, 6, 10, 14],
    [1, 0.5, 1, 0.5, 1, 0.5, 1],
  ],
  [{ kind: 'cosineAnnealingWarmRestarts', firstPeriod: 2 }, [0, 1, 2, 1e9], [1, 0.5, 1, 1]],
  [{ kind: 'linear', startFactor: 0.5, endFactor: 1, totalSteps: 4 }, [0, 2, 4, 5], [0.5, 0.75, 1, 1]],
  [{ kind: 'polynomial', totalSteps: 4, power: 2 }, [0, 2, 4, 5], [1, 0.25, 0, 0]],
  [{ kind: 'constantFactor', factor: 0.25, totalSteps: 3 }, [0, 2, 3], [0.25, 0.25, 1]],
  [
    {
      kind: 'oneCycle',
      maxLearningRate: 1,
      totalSteps: 11,
      riseFraction: 4 / 11,
      startDivisor: 5,
      finalDivisor: 2,
    },
    [0, 3, 10, 11],
    [0.2, 1, 0.1, 0.1],
  ],
  [
    {
      kind: 'oneCycle',
      maxLearningRate: 1,
      totalSteps: 11,
      riseFraction: 4 / 11,
      anneal: 'linear',
      threePhase: true,
    },
    [0, 3, 6, 10],
    [0.04, 1, 0.04, 4e-6],
  ],
  [{ kind: 'oneCycle', maxLearningRate: 1, totalSteps: 2, riseFraction: 0.5 }, [0, 1, 2], [1, 4e-6, 4e-6]],
  [
    {
      kind: 'cyclic',
      baseLearningRate: 0,
      maxLearningRate: 8,
      riseSteps: 4,
      fallSteps: 2,
      mode: 'triangular2',
    },
    [0, 2, 4, 5, 6, 10, 11],
    [0, 4, 8, 4, 0, 4, 2],
  ],
  [
    { kind: 'cyclic', maxLearningRate: 3, riseSteps: 2, mode: 'expRange', gamma: 0.5 },
    [0, 1, 2, 4],
    [1, 1.5, 1.5, 1],
  ],
  [
    {
      kind: 'piecewise',
      points: [
        [2, 1],
        [4, 3],
      ],
    },
    [0, 2, 3, 4, 9],
    [1, 1, 2, 3, 3],
  ],
  [
    {
      kind: 'piecewise',
      points: [
        [0, 1],
        [4, 4],
      ],
      interpolation: 'exponential',
    },
    [0, 2, 4],
    [1, 2, 4],
  ],
  [
    {
      kind: 'piecewise',
      points: [
        [0, 1],
        [4, 4],
      ],
      interpolation: 'constant',
    },
    [0, 3, 4],
    [1, 1, 4],
  ],
  [
    {
      kind: 'piecewise',
      points: [
        [0, 0],
        [4, 4],
      ],
      interpolation: 'cosine',
    },
    [0, 2, 4],
    [0, 2, 4],
  ],
  [
    {
      kind: 'sequential',
      milestones: [2],
      schedules: [
        { kind: 'constantFactor', factor: 0.5, totalSteps: 9 },
        { kind: 'exponential', gamma: 0.5 },
      ],
    },
    [0, 1, 2, 3, 4],
    [0.5, 0.5, 1, 0.5, 0.25],
  ],
] as const)('%j', (settings, counts, expected) => {
  it('has the right values at its boundary steps', () => {
    expect(rates(settings, counts)).toBeAllClose(expected, { rtol: 1e-12, atol: 1e-12 });
  });

  it('scales with the initial rate, unless its rates are absolute', () => {
    const absolute = ['maxLearningRate', 'minLearningRate', 'preWarmupLearningRate', 'finalLearningRate'];
    if (absolute.some((name) => name in settings)) return;
    const tenfold = expected.map((rate) => 10 * rate);
    expect(rates(settings, counts, 10)).toBeAllClose(tenfold, { rtol: 1e-12, atol: 1e-12 });
  });
});

describe('where nerfstudio is wrong', () => {
  it('the cosine does not rise again after maxSteps', () => {
    const after = rates(
      { kind: 'cosineDecay', warmupSteps: 0, maxSteps: 10, finalFactor: 0.1 },
      [10, 15, 20, 1000],
    );
    expect(after).toEqual([0.1, 0.1, 0.1, 0.1]);
  });

  it('a final rate of 0 is refused instead of becoming NaN', () => {
    expect(messageOf({ kind: 'exponentialDecay', maxSteps: 5, finalLearningRate: 0 })).toMatch(
      /must be > 0: an exponential never reaches 0/,
    );
  });

  it('a warm-up as long as the whole schedule does not divide by 0', () => {
    const settings = { kind: 'exponentialDecay', maxSteps: 5, warmupSteps: 5, finalLearningRate: 0.1 };
    expect(rates(settings, [0, 4, 5, 6]).every(Number.isFinite)).toBe(true);
    expect(rates(settings, [5])).toEqual([0.1]);
    expect(rates({ kind: 'cosineDecay', maxSteps: 5, warmupSteps: 5 }, [5])).toEqual([0.05]);
  });
});

describe('bad settings', () => {
  it.each([
    [{ kind: 'multiStep', milestones: [5, 2] }, /milestones must increase/],
    [{ kind: 'sequential', milestones: [5], schedules: [{ kind: 'constant' }] }, /one schedule more/],
    [{ kind: 'exponentialDecay', maxSteps: 0 }, /must be at least 1/],
    [{ kind: 'exponentialDecay', maxSteps: 5, warmupSteps: 6 }, /must not exceed maxSteps/],
    [{ kind: 'oneCycle', maxLearningRate: 1, totalSteps: 0 }, /at least 1|>=2/],
    [
      {
        kind: 'piecewise',
        points: [
          [3, 1],
          [1, 2],
        ],
      },
      /steps must increase/,
    ],
    [{ kind: 'piecewise', points: [] }, /needs at least one/],
    [{ kind: 'reduceOnPlateau', factor: 1 }, /must be < 1/],
    [{ kind: 'step', stepSize: 2, gamma: -1 }, /must be > 0/],
  ])('%j', (settings, message) => {
    expect(messageOf(settings)).toMatch(message);
  });
});

function messageOf(settings: Record<string, unknown>): string {
  return (
    schedulerSchema
      .safeParse(settings)
      .error?.issues.map(({ message }) => message)
      .join('\n') ?? ''
  );
}

describe('createSchedulers', () => {
  const config = (scheduler: Record<string, unknown>, learningRate = 1) => ({
    optimizer: optimizerSchema.parse({ kind: 'sgd', learningRate }),
    scheduler: schedulerSchema.parse(scheduler),
  });

  it('counts each group on its own', () => {
    const schedulers = createSchedulers({
      a: config({ kind: 'exponential', gamma: 0.5 }),
      b: config({ kind: 'exponential', gamma: 0.5 }, 4),
    });
    schedulers.step(['a']);
    schedulers.step(['a', 'b']);
    expect(['a', 'b'].map(schedulers.learningRate)).toEqual([0.25, 2]);
  });

  it('multiplies by the factor that was set last', () => {
    const schedulers = createSchedulers({ encoding: config({ kind: 'constant' }) });
    schedulers.setFactor('encoding', 0.5);
    schedulers.setFactor('encoding', 0.25);
    expect(schedulers.learningRate('encoding')).toBe(0.25);
    expect(schedulers.factor('encoding')).toBe(0.25);
    expect(() => schedulers.setFactor('encodin', 1)).toThrow(
      'there is no parameter group encodin, did you mean encoding?',
    );
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => schedulers.setFactor('encoding', bad)).toThrow(ConfigError);
  });

  it('wraps any schedule in a warm-up', () => {
    const schedulers = createSchedulers({
      a: config({
        kind: 'warmup',
        steps: 4,
        startFactor: 0.5,
        schedule: { kind: 'multiStep', milestones: [2], gamma: 0.5 },
      }),
      b: config({ kind: 'warmup', steps: 2, ramp: 'cosine', schedule: { kind: 'constant' } }),
    });
    const seen: number[][] = [];
    for (let step = 0; step < 5; step++) {
      seen.push(['a', 'b'].map(schedulers.learningRate));
      schedulers.step(['a', 'b']);
    }
    expect(seen.map(([a]) => a)).toEqual([0.5, 0.625, 0.375, 0.4375, 0.5]);
    expect(seen.map(([, b]) => b)).toBeAllClose([0, 0.5, 1, 1, 1], { atol: 1e-12 });
  });

  it('takes any function of the count instead of the configured schedule', () => {
    const schedulers = createSchedulers(
      { a: config({ kind: 'constant' }) },
      { a: (count) => 1 / (1 + count) },
    );
    schedulers.step(['a']);
    expect(schedulers.learningRate('a')).toBe(0.5);
    expect(() => createSchedulers({}, { a: () => 1 })).toThrow(ConfigError);
  });

  it('reduces on a plateau of the metric it watches, larger or smaller being better', () => {
    const plateau = { kind: 'reduceOnPlateau', factor: 0.5, patience: 1, cooldown: 1, threshold: 0 };
    const schedulers = createSchedulers({
      loss: config(plateau),
      psnr: config({ ...plateau, metric: 'eval/psnr', mode: 'max' }),
    });
    for (const value of [3, 2, 2]) schedulers.observe('train/loss', value);
    expect(schedulers.learningRate('loss')).toBe(1);
    schedulers.observe('train/loss', Number.NaN);
    expect(['loss', 'psnr'].map(schedulers.learningRate)).toEqual([0.5, 1]);
    // One value of cooldown, then two bad ones.
    for (const rate of [0.5, 0.5, 0.25]) {
      schedulers.observe('train/loss', 5);
      expect(schedulers.learningRate('loss')).toBe(rate);
    }
    for (const value of [20, 21, 20, 20]) schedulers.observe('eval/psnr', value);
    expect(schedulers.learningRate('psnr')).toBe(0.5);
  });

  it('continues exactly from a saved state, factor and plateau included', () => {
    const make = () =>
      createSchedulers({
        a: config({ kind: 'exponentialDecay', maxSteps: 9, finalLearningRate: 0.1 }),
        b: config({ kind: 'reduceOnPlateau', patience: 2 }),
      });
    const drive = (schedulers: ReturnType<typeof make>, from: number, to: number) => {
      const seen: number[] = [];
      for (let step = from; step < to; step++) {
        seen.push(schedulers.learningRate('a'), schedulers.learningRate('b'));
        schedulers.step(['a', 'b']);
        schedulers.observe('train/loss', step < 3 ? 1 / (step + 1) : 1);
        if (step === 4) schedulers.setFactor('a', 0.5);
      }
      return seen;
    };
    const unbroken = drive(make(), 0, 12);
    const first = make();
    const before = drive(first, 0, 6);
    const second = make();
    second.restore(first.state());
    expect([...before, ...drive(second, 6, 12)]).toEqual(unbroken);
  });

  it('refuses the state of other schedules, and changes nothing then', () => {
    const schedulers = createSchedulers({ a: config({ kind: 'exponential', gamma: 0.5 }) });
    const state = { 'a/count': { shape: [], data: Float64Array.of(5) } };
    expect(() => schedulers.restore(state)).toThrow(/lacks scheduler state a\/factor/);
    expect(() => schedulers.restore({ ...schedulers.state(), 'b/count': state['a/count'] })).toThrow(
      /has scheduler state b\/count/,
    );
    expect(schedulers.learningRate('a')).toBe(1);
  });
});
