/** The learning-rate schedules a config can name, with their settings. Steps are optimizer steps of the group. */
import { z } from 'zod';

const steps = z.number().int().positive('must be at least 1');
const stepsOrNone = z.number().int().nonnegative('must be >= 0');
const rate = z.number().nonnegative('must be >= 0');
const factor = z.number().positive('must be > 0');
const milestones = z
  .array(steps)
  .refine((list) => list.every((step, index) => index === 0 || step > (list[index - 1] as number)), {
    message: 'milestones must increase',
  });

const constant = z.strictObject({ kind: z.literal('constant') }).describe('The learning rate never changes.');

const exponentialDecay = z
  .strictObject({
    kind: z.literal('exponentialDecay'),
    finalLearningRate: z
      .number()
      .positive('must be > 0: an exponential never reaches 0 (cosineDecay and polynomial do)')
      .optional()
      .describe('Learning rate from maxSteps on; default: the initial one.'),
    maxSteps: steps.describe('Optimizer steps until the final rate; a horizon of its own.'),
    warmupSteps: stepsOrNone.default(0).describe('Optimizer steps of warm-up.'),
    preWarmupLearningRate: rate.default(1e-8).describe('Learning rate at the first warm-up step.'),
    ramp: z.enum(['linear', 'cosine']).default('cosine').describe('Shape of the warm-up.'),
  })
  .refine(({ warmupSteps, maxSteps }) => warmupSteps <= maxSteps, {
    message: 'must not exceed maxSteps',
    path: ['warmupSteps'],
  })
  .describe("nerfstudio's ExponentialDecayScheduler.");

const cosineDecay = z
  .strictObject({
    kind: z.literal('cosineDecay'),
    warmupSteps: stepsOrNone.default(5000).describe('Optimizer steps of linear warm-up from 0.'),
    maxSteps: steps.default(300_000).describe('Optimizer steps until the final rate; it stays there.'),
    finalFactor: rate.max(1).default(0.05).describe('Final rate as a share of the initial one.'),
  })
  .refine(({ warmupSteps, maxSteps }) => warmupSteps <= maxSteps, {
    message: 'must not exceed maxSteps',
    path: ['warmupSteps'],
  })
  .describe("nerfstudio's CosineDecayScheduler.");

const multiStep = z
  .strictObject({
    kind: z.literal('multiStep'),
    milestones: milestones.default([500_000, 750_000, 900_000]).describe('Steps at which the rate falls.'),
    gamma: factor.default(0.33).describe('Factor on the rate at each milestone.'),
  })
  .describe("nerfstudio's MultiStepScheduler, torch's MultiStepLR.");

const step = z
  .strictObject({
    kind: z.literal('step'),
    stepSize: steps.describe('Steps between falls.'),
    gamma: factor.default(0.1).describe('Factor on the rate at each fall.'),
  })
  .describe("torch's StepLR.");

const exponential = z
  .strictObject({
    kind: z.literal('exponential'),
    gamma: factor.describe('Factor on the rate at each step.'),
  })
  .describe("torch's ExponentialLR.");

const cosineAnnealing = z
  .strictObject({
    kind: z.literal('cosineAnnealing'),
    halfPeriod: steps.describe('Steps from the initial to the least rate, and from there back (T_max).'),
    minLearningRate: rate.default(0).describe('Least rate (eta_min).'),
  })
  .describe("torch's CosineAnnealingLR.");

const cosineAnnealingWarmRestarts = z
  .strictObject({
    kind: z.literal('cosineAnnealingWarmRestarts'),
    firstPeriod: steps.describe('Steps until the first restart (T_0).'),
    periodFactor: z.number().int().min(1).default(1).describe('Growth of the period (T_mult).'),
    minLearningRate: rate.default(0).describe('Rate just before a restart (eta_min).'),
  })
  .describe("torch's CosineAnnealingWarmRestarts.");

const linear = z
  .strictObject({
    kind: z.literal('linear'),
    startFactor: factor
      .max(1)
      .default(1 / 3)
      .describe('Factor on the rate at the first step.'),
    endFactor: rate.max(1).default(1).describe('Factor after totalSteps.'),
    totalSteps: steps.default(5).describe('Steps from one to the other.'),
  })
  .describe("torch's LinearLR.");

const polynomial = z
  .strictObject({
    kind: z.literal('polynomial'),
    totalSteps: steps.default(5).describe('Steps until 0.'),
    power: z.number().nonnegative('must be >= 0').default(1).describe('Exponent.'),
  })
  .describe("torch's PolynomialLR.");

const constantFactor = z
  .strictObject({
    kind: z.literal('constantFactor'),
    factor: rate
      .max(1)
      .default(1 / 3)
      .describe('Factor on the rate before totalSteps.'),
    totalSteps: steps.default(5).describe('Steps with the factor.'),
  })
  .describe("torch's ConstantLR.");

const oneCycle = z
  .strictObject({
    kind: z.literal('oneCycle'),
    maxLearningRate: factor.describe("Peak; the group's own learning rate is not used."),
    totalSteps: steps.min(2).describe('Steps of the cycle; the last rate stays.'),
    riseFraction: z.number().gt(0).lt(1).default(0.3).describe('Share of the steps that rises (pct_start).'),
    anneal: z.enum(['cosine', 'linear']).default('cosine').describe('Shape.'),
    startDivisor: factor.default(25).describe('The first rate is the peak divided by this.'),
    finalDivisor: factor.default(1e4).describe('The last rate is the first one divided by this.'),
    threePhase: z
      .boolean()
      .default(false)
      .describe('Fall to the first rate symmetrically, then to the last.'),
  })
  .describe("torch's OneCycleLR.");

const cyclic = z
  .strictObject({
    kind: z.literal('cyclic'),
    baseLearningRate: rate.optional().describe("Lower end; default: the group's learning rate."),
    maxLearningRate: factor.describe('Upper end.'),
    riseSteps: steps.default(2000).describe('Steps from the lower to the upper end.'),
    fallSteps: steps.optional().describe('Steps back; default: riseSteps.'),
    mode: z
      .enum(['triangular', 'triangular2', 'expRange'])
      .default('triangular')
      .describe('Height of later cycles: the same, halved each time, or gamma^step.'),
    gamma: factor.default(1).describe('For expRange.'),
  })
  .describe("torch's CyclicLR.");

const piecewise = z
  .strictObject({
    kind: z.literal('piecewise'),
    points: z
      .array(z.tuple([stepsOrNone, rate]))
      .min(1, 'needs at least one [step, factor]')
      .refine((list) => list.every((point, index) => index === 0 || point[0] > (list[index - 1]?.[0] ?? 0)), {
        message: 'the steps must increase',
      })
      .describe('[step, factor on the initial rate] pairs.'),
    interpolation: z
      .enum(['constant', 'linear', 'cosine', 'exponential'])
      .default('linear')
      .describe('How the rate goes from one point to the next.'),
  })
  .refine(
    ({ points, interpolation }) => interpolation !== 'exponential' || points.every(([, value]) => value > 0),
    { message: 'exponential interpolation needs factors > 0', path: ['points'] },
  )
  .describe('A rate through given points.');

const reduceOnPlateau = z
  .strictObject({
    kind: z.literal('reduceOnPlateau'),
    metric: z.string().default('train/loss').describe('Tag of the metric that is watched.'),
    mode: z.enum(['min', 'max']).default('min').describe('Whether smaller or larger is better.'),
    factor: factor.lt(1, 'must be < 1').default(0.1).describe('Factor on the rate when nothing got better.'),
    patience: stepsOrNone.default(10).describe('Values without improvement that are tolerated.'),
    threshold: rate.default(1e-4).describe('What counts as an improvement.'),
    thresholdMode: z
      .enum(['relative', 'absolute'])
      .default('relative')
      .describe('Whether threshold is a share of the best value.'),
    cooldown: stepsOrNone.default(0).describe('Values that are not counted after a reduction.'),
    minLearningRate: rate.default(0).describe('The rate never falls below this.'),
    eps: rate.default(1e-8).describe('A smaller change of the rate is not made.'),
  })
  .describe("torch's ReduceLROnPlateau; it listens to the metric stream.");

const simple = [
  constant,
  exponentialDecay,
  cosineDecay,
  multiStep,
  step,
  exponential,
  cosineAnnealing,
  cosineAnnealingWarmRestarts,
  linear,
  polynomial,
  constantFactor,
  oneCycle,
  cyclic,
  piecewise,
] as const;

const sequential = z
  .strictObject({
    kind: z.literal('sequential'),
    milestones: milestones.describe('Steps at which the next schedule begins, counting from 0 again.'),
    schedules: z.array(z.discriminatedUnion('kind', simple)).min(1).describe('One more than milestones.'),
  })
  .refine(({ milestones, schedules }) => schedules.length === milestones.length + 1, {
    message: 'needs exactly one schedule more than milestones',
    path: ['schedules'],
  })
  .describe("torch's SequentialLR.");

const warmup = z
  .strictObject({
    kind: z.literal('warmup'),
    steps: steps.describe('Optimizer steps of warm-up.'),
    startFactor: rate.max(1).default(0).describe('Factor on the rate at the first step.'),
    ramp: z.enum(['linear', 'cosine']).default('linear').describe('Shape.'),
    schedule: z
      .discriminatedUnion('kind', [...simple, sequential, reduceOnPlateau])
      .describe('What follows; it counts from the first step, the ramp is a factor on it.'),
  })
  .describe('A warm-up before any other schedule.');

/** The schedule of one parameter group. */
export const schedulerSchema = z.discriminatedUnion('kind', [...simple, reduceOnPlateau, sequential, warmup]);
export type SchedulerConfig = z.infer<typeof schedulerSchema>;
/** The settings of one kind of schedule. */
export type ScheduleSettings<Kind extends SchedulerConfig['kind']> = Omit<
  Extract<SchedulerConfig, { kind: Kind }>,
  'kind'
>;
