/** The names and keyword arguments of nerfstudio's and torch's schedulers, as they stand in golden files, in this package's words. */
import { type SchedulerConfig, schedulerSchema } from '../../src/schedulers/schedulerSchema.ts';

interface Translation {
  readonly kind: string;
  /** Theirs to ours. */
  readonly keys: Readonly<Record<string, string>>;
  /** Arguments that mean nothing here. */
  readonly ignored?: readonly string[];
}

const nerfstudio: Readonly<Record<string, Translation>> = {
  ExponentialDecay: {
    kind: 'exponentialDecay',
    keys: {
      lr_final: 'finalLearningRate',
      max_steps: 'maxSteps',
      warmup_steps: 'warmupSteps',
      lr_pre_warmup: 'preWarmupLearningRate',
      ramp: 'ramp',
    },
  },
  CosineDecay: {
    kind: 'cosineDecay',
    keys: { warm_up_end: 'warmupSteps', max_steps: 'maxSteps', learning_rate_alpha: 'finalFactor' },
  },
  MultiStep: {
    kind: 'multiStep',
    keys: { milestones: 'milestones', gamma: 'gamma' },
    ignored: ['max_steps'],
  },
};

const torch: Readonly<Record<string, Translation>> = {
  StepLR: { kind: 'step', keys: { step_size: 'stepSize', gamma: 'gamma' } },
  MultiStepLR: { kind: 'multiStep', keys: { milestones: 'milestones', gamma: 'gamma' } },
  ExponentialLR: { kind: 'exponential', keys: { gamma: 'gamma' } },
  CosineAnnealingLR: { kind: 'cosineAnnealing', keys: { T_max: 'halfPeriod', eta_min: 'minLearningRate' } },
  CosineAnnealingWarmRestarts: {
    kind: 'cosineAnnealingWarmRestarts',
    keys: { T_0: 'firstPeriod', T_mult: 'periodFactor', eta_min: 'minLearningRate' },
  },
  LinearLR: {
    kind: 'linear',
    keys: { start_factor: 'startFactor', end_factor: 'endFactor', total_iters: 'totalSteps' },
  },
  PolynomialLR: { kind: 'polynomial', keys: { total_iters: 'totalSteps', power: 'power' } },
  ConstantLR: { kind: 'constantFactor', keys: { factor: 'factor', total_iters: 'totalSteps' } },
  OneCycleLR: {
    kind: 'oneCycle',
    keys: {
      max_lr: 'maxLearningRate',
      total_steps: 'totalSteps',
      pct_start: 'riseFraction',
      anneal_strategy: 'anneal',
      div_factor: 'startDivisor',
      final_div_factor: 'finalDivisor',
      three_phase: 'threePhase',
    },
    ignored: ['cycle_momentum', 'base_momentum', 'max_momentum'],
  },
  CyclicLR: {
    kind: 'cyclic',
    keys: {
      base_lr: 'baseLearningRate',
      max_lr: 'maxLearningRate',
      step_size_up: 'riseSteps',
      step_size_down: 'fallSteps',
      mode: 'mode',
      gamma: 'gamma',
    },
    ignored: ['cycle_momentum', 'base_momentum', 'max_momentum'],
  },
  ReduceLROnPlateau: {
    kind: 'reduceOnPlateau',
    keys: {
      mode: 'mode',
      factor: 'factor',
      patience: 'patience',
      threshold: 'threshold',
      threshold_mode: 'thresholdMode',
      cooldown: 'cooldown',
      min_lr: 'minLearningRate',
      eps: 'eps',
    },
  },
};

/** Defaults of torch that differ from ours, and values that are spelled otherwise. */
const defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  MultiStepLR: { gamma: 0.1 },
};
const spellings: Readonly<Record<string, string>> = {
  cos: 'cosine',
  exp_range: 'expRange',
  rel: 'relative',
  abs: 'absolute',
};

/** @throws on a name or argument that this package does not know, or a value that it refuses */
export function fromReferenceScheduler(
  family: string,
  name: string,
  config: Readonly<Record<string, unknown>>,
): SchedulerConfig {
  if (family === 'torch' && name === 'SequentialLR') return schedulerSchema.parse(sequential(config));
  const translation = (family === 'torch' ? torch : family === 'nerfstudio' ? nerfstudio : {})[name];
  if (!translation) throw new Error(`unknown scheduler ${family} ${name}`);
  const settings: Record<string, unknown> = { kind: translation.kind };
  for (const [key, value] of Object.entries({ ...defaults[name], ...config })) {
    if (translation.ignored?.includes(key)) continue;
    const own = translation.keys[key];
    if (!own) throw new Error(`${name}: unknown argument ${key}`);
    settings[own] = typeof value === 'string' ? (spellings[value] ?? value) : value;
  }
  return schedulerSchema.parse(settings);
}

/** `schedulers` is a list of objects with one entry each: class name to arguments. */
function sequential(config: Readonly<Record<string, unknown>>): unknown {
  const { milestones, schedulers, ...rest } = config as {
    milestones: number[];
    schedulers: Record<string, Record<string, unknown>>[];
  };
  const unknown = Object.keys(rest);
  if (unknown.length > 0) throw new Error(`SequentialLR: unknown argument ${unknown[0]}`);
  const schedules = schedulers.map((part) => {
    const [[name, settings] = ['nothing', {}]] = Object.entries(part);
    return fromReferenceScheduler('torch', name, settings);
  });
  return { kind: 'sequential', milestones, schedules };
}
