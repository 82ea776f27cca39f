/** What a trainer can be given beside its configuration. */
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Log } from '../src/log.ts';
import type { Pipeline, PipelineStart } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { RunInfo, Sink } from '../streams/sink.ts';
import type { AppliedStep } from '../streams/step.ts';

/** Makes the pipeline of a run; the trainer disposes what it returns. */
export type PipelineFactory = (
  config: Config,
  engine: Engine,
  log: Log,
  start?: PipelineStart,
) => Pipeline | Promise<Pipeline>;

/** Called at the two ends of a step, synchronously: what they throw fails the run. */
export interface StepHooks {
  /** Before the step is computed. */
  readonly beforeStep?: (step: number) => void;
  /** After the commit. Gradients and lazy numbers are valid until it returns. */
  readonly afterStep?: (step: AppliedStep) => void;
}

/** What a viewer shows of a pipeline beside its pictures. */
export type ShownPipeline = Pick<Pipeline, 'views' | 'outputs' | 'space' | 'render'>;

export interface TrainerOptions {
  /** What is trained: a pipeline (yours to dispose) or a function that makes one. Default: the model of the config. */
  readonly pipeline?: Pipeline | PipelineFactory;
  /** Where metrics go, instead of `config.sinks`. */
  readonly sinks?: readonly Sink[];
  /** The run folder; `null`: nothing is written. Default: `runs/<method>-<time>`. */
  readonly runDir?: string | null;
  /** Go on with the run in `runDir` from its newest complete checkpoint. */
  readonly resume?: boolean;
  /** What a new run starts from: the weights of a checkpoint or a .safetensors file, or splats as a .ply file in the coordinates of the data set. */
  readonly load?: string;
  /** Told once that preparing has succeeded and the run folder exists; no metric comes before. It must not throw. */
  readonly onStarted?: (run: RunInfo, pipeline: ShownPipeline) => void;
  readonly hooks?: StepHooks;
  /** What computes (yours to dispose). Default: the one that the config names. */
  readonly engine?: Engine;
  /** A pino logger, or anything like it. Default: silent. */
  readonly log?: Log;
  readonly clock?: Clock;
}

/** Says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
