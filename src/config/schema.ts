/**
 * The configuration of a run: the one place that holds each field's type, default, unit and sentence.
 * The command line's help, the JSON Schema for editors and the errors are derived from it.
 */
import { z } from 'zod';
import { createDataSchema } from '../data/dataSchema.ts';
import { type ModuleKind, sectionSchema } from '../kinds.ts';
import { modelKinds } from '../models/modelKinds.ts';
import { optimizerSchema } from '../optimizers/optimizerSchema.ts';
import { transformSchema } from '../optimizers/transformSchema.ts';
import { schedulerSchema } from '../schedulers/schedulerSchema.ts';
import { engineKinds } from '../tensors/engineKinds.ts';
import { sinkSchema } from './sinkSchema.ts';

const everySteps = (what: string, steps: number) =>
  z.number().int().nonnegative().default(steps).describe(`Steps between ${what}; 0: never.`);

export const groupSchema = z.strictObject({
  optimizer: optimizerSchema.describe('How the parameters of the group move.'),
  scheduler: schedulerSchema
    .default({ kind: 'constant' })
    .describe("How the optimizer's learning rate changes."),
  clipNorm: z
    .number()
    .positive()
    .optional()
    .describe("Largest global norm of the group's gradient (torch clip_grad_norm_)."),
  clipValue: z.number().positive().optional().describe('Largest absolute value of a gradient element.'),
  accumulateSteps: z
    .number()
    .int()
    .positive()
    .default(1)
    .describe('Steps whose mean gradient makes one optimizer step.'),
  transforms: z
    .array(transformSchema)
    .optional()
    .describe('What stands around the optimizer: clipping, decay, noise, lookahead, averages.'),
});

const earlyStopSchema = z.strictObject({
  metric: z.string().default('eval/psnr').describe('Tag that decides.'),
  mode: z.enum(['max', 'min']).default('max').describe('Whether larger or smaller is better.'),
  patience: z
    .number()
    .int()
    .nonnegative()
    .default(5)
    .describe('Values in a row without improvement that are tolerated.'),
  minDelta: z
    .number()
    .nonnegative()
    .default(0)
    .describe('How much better than the best so far a value must be to count.'),
});

const skipSpikesSchema = z.strictObject({
  deviations: z
    .number()
    .positive()
    .default(6)
    .describe('A spike lies this many standard deviations above the running mean of the loss.'),
  decay: z
    .number()
    .min(0)
    .lt(1)
    .default(0.98)
    .describe('Share of the running mean and variance that is kept at each step.'),
  warmupSteps: z
    .number()
    .int()
    .nonnegative()
    .default(50)
    .describe('Losses that are only learned from at first.'),
});

export const trainerSchema = z.strictObject({
  maxSteps: z.number().int().positive().default(30_000).describe('Train until this step.'),
  maxSeconds: z
    .number()
    .positive()
    .optional()
    .describe(
      'Train for this many seconds of training time (evaluation and saving not counted), if that comes first.',
    ),
  fitToTime: z
    .boolean()
    .default(false)
    .describe(
      'Where maxSeconds ends the training before maxSteps, schedules and shares of maxSteps go faster, so that they end with it; the presets of splats say true. Such a run goes by the clock: no two are the same.',
    ),
  minSteps: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'Before this step maxSeconds does not end the training: for machines and engines that are slow.',
    ),
  stopAtStep: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      'End here, evaluated and saved, if that comes before maxSteps: schedules and shares of maxSteps stay as they are, and a resume with a later one, or null, goes on.',
    ),
  seed: z.number().int().nonnegative().max(0xffffffff).default(42).describe('Seed of all randomness.'),
  startPaused: z.boolean().default(false).describe('Begin paused, and wait for a resume or step command.'),
  onNonFinite: z
    .enum(['error', 'skip', 'rollback'])
    .default('error')
    .describe(
      'When a loss or gradient is NaN or infinite: fail, skip the step, or go back to the last checkpoint at half the learning rate.',
    ),
  earlyStop: earlyStopSchema
    .optional()
    .describe('Stop, and save, once a metric does not get better any more; default: never.'),
  skipSpikes: skipSpikesSchema
    .optional()
    .describe(
      'Let nothing move in a step whose loss leaps out of its usual range; default: every step counts.',
    ),
  histogramsEverySteps: everySteps('histograms of all parameters and gradients', 0),
  profile: z
    .boolean()
    .default(false)
    .describe('Write profile.json: where the time went, for chrome://tracing or ui.perfetto.dev.'),
});

export const evaluateSchema = z.strictObject({
  batchEverySteps: everySteps('evaluations of a batch of held-out rays', 500),
  imageEverySteps: everySteps('evaluations of one held-out image', 1_000),
  allImagesEverySteps: everySteps('evaluations of all held-out images', 10_000),
});

export const checkpointSchema = z.strictObject({
  everySteps: everySteps('checkpoints', 2_000),
  keep: z.number().int().positive().default(2).describe('How many of the latest checkpoints stay.'),
  keepEverySteps: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe('Checkpoints whose step is a multiple of this stay for ever; 0: none.'),
  keepBest: z
    .strictObject({
      metric: z.string().default('eval/psnr').describe('Tag that decides.'),
      mode: z.enum(['max', 'min']).default('max').describe('Whether larger or smaller is better.'),
      count: z.number().int().positive().default(1).describe('How many of the best stay.'),
    })
    .nullable()
    .default({ metric: 'eval/psnr', mode: 'max', count: 1 })
    .describe('The best checkpoints by a metric stay, too; null: none does.'),
});

export const logSchema = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('The least that run.log says; --debug: everything, on the terminal too.'),
});

const dataSection = (parser?: ModuleKind) =>
  createDataSchema(parser).prefault({}).describe('The photos and their poses.');
const modelSection = (model?: ModuleKind) =>
  sectionSchema(modelKinds, model).prefault({ kind: 'instant-ngp' }).describe('What is trained.');

const engineNames = engineKinds.kinds.map(({ kind }) => kind) as ['simd', 'tensorflow'];
const engineChoice = (engine?: ModuleKind) =>
  z
    .union([z.enum(['auto', ...engineNames]), ...sectionSchema(engineKinds, engine).options])
    .default('auto')
    .describe(
      'What computes: simd, the kernels of this package; tensorflow, TensorFlow if it is installed; auto takes tensorflow with a GPU, else simd; a section with settings names one of your own.',
    );

export const configSchema = z.strictObject({
  method: z
    .string()
    .default('instant-ngp')
    .describe('Name of the method, for people; the model is in model.kind.'),
  engine: engineChoice(),
  threads: z
    .number()
    .int()
    .positive()
    .max(256)
    .optional()
    .describe('Threads that compute; default: all cores.'),
  data: dataSection(),
  model: modelSection(),
  groups: z
    .record(z.string(), groupSchema.describe('Settings of one group.'))
    .default({})
    .describe('Optimizer and scheduler of each parameter group.'),
  trainer: trainerSchema.prefault({}).describe('How long and how.'),
  evaluate: evaluateSchema
    .prefault({})
    .describe(
      'Comparisons with held-out images while it trains; the last step always gets one of all images.',
    ),
  checkpoint: checkpointSchema
    .prefault({})
    .describe('When to save, and what to keep; the last step is always saved.'),
  sinks: z
    .array(sinkSchema)
    .default([{ kind: 'console' }, { kind: 'jsonl' }, { kind: 'tensorboard' }, { kind: 'images' }])
    .describe('Where metrics go.'),
  log: logSchema.prefault({}).describe('What the run says of itself in run.log.'),
});

/** Modules of the user that a configuration names, loaded. */
export interface OwnKinds {
  readonly model?: ModuleKind;
  readonly dataparser?: ModuleKind;
  readonly engine?: ModuleKind;
}

/** The schema of all keys with those of the user's modules, whose settings are only then checked. */
export function configSchemaWith({ model, dataparser, engine }: OwnKinds): typeof configSchema {
  // A schema is compiled when it first checks something: the same one for all configurations without modules.
  if (!model && !dataparser && !engine) return configSchema;
  return configSchema.extend({
    ...(engine && { engine: engineChoice(engine) }),
    ...(model && { model: modelSection(model) }),
    ...(dataparser && { data: dataSection(dataparser) }),
  }) as typeof configSchema;
}

/** A complete configuration: every default is filled in. */
export type Config = z.output<typeof configSchema>;
/** What a user writes: everything with a default may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
export type GroupConfig = z.output<typeof groupSchema>;
