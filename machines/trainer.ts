/** The Trainer as its users see it: commands in, metrics and status out. */
import type { Observable } from 'rxjs';
import type { CameraView, ImageEvaluation } from '../src/pipeline/pipeline.ts';
import type { MetricEvent } from '../streams/metricEvent.ts';
import type { Ending } from '../streams/runEnd.ts';
import type { SinkReport } from '../streams/sink.ts';
import type { TrainerCommand, TrainerMethods } from './commands.ts';
import type { TrainerState } from './runStatus.ts';
import type { TrainerActor } from './trainerMachine.ts';
import type { ViewedPicture, Viewer } from './viewDesk.ts';

/** A run at a glance; also the viewer's state. Plain data, except for the latest image's pixels. */
export interface TrainerStatus {
  readonly state: TrainerState;
  /** Steps committed. */
  readonly step: number;
  readonly maxSteps: number;
  /** Seconds of training, over all sessions of the run; evaluation and saving not counted. */
  readonly trainSeconds: number;
  /** Latest values by tag, of the last step and the last evaluation. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly learningRates: Readonly<Record<string, number>>;
  /** Newest checkpoint's file name, relative to the run folder. */
  readonly checkpoint?: string;
  readonly views?: { readonly train: readonly CameraView[]; readonly eval: readonly CameraView[] };
  readonly latestImage?: ImageEvaluation & { readonly index: number; readonly step: number };
}

/** An evaluation of all held-out images: the mean of each metric, and the metrics of each image. */
export interface EvaluationSummary {
  /** NaN for a model that does not measure it. */
  readonly psnr: number;
  readonly ssim: number;
  readonly [metric: string]: unknown;
  readonly images: readonly {
    /** The frame's `file_path` in the data set. */
    readonly name: string;
    /** Path of the picture, relative to the run folder; absent for a run in memory. */
    readonly render?: string;
    readonly psnr: number;
    readonly ssim: number;
    readonly [metric: string]: unknown;
  }[];
}

/** What `summary.json` holds. */
export interface RunSummary {
  readonly status: Ending;
  readonly steps: number;
  readonly wallSeconds: number;
  readonly trainSeconds: number;
  readonly engine: string;
  readonly threads: number;
  /** Of the last step; absent when it was not evaluated on all images. */
  readonly eval?: EvaluationSummary;
  /** How many there are, in a run that trains splats; the pipeline's own numbers stand beside it (`Pipeline.summary`). */
  readonly splats?: number;
  /** Newest checkpoint, relative to the run folder. */
  readonly checkpoint?: string;
  readonly sinks: readonly SinkReport[];
  /** Why it failed. */
  readonly error?: string;
}

/** A running (or finished) training. Commands may be given at any time, in any state; none is lost. */
export interface Trainer extends TrainerMethods {
  /** The machine itself, for inspection. Commands may be sent to it as events; anything else is reported and left out. */
  readonly actor: TrainerActor;
  readonly metrics$: Observable<MetricEvent>;
  readonly status$: Observable<TrainerStatus>;
  /**
   * For those who look at the run while it trains: what each of them looks at is drawn between steps, within a share of the time that can be chosen
   * (half of it, where nobody says), small at first where the model is slow, and again when it has become old. Nothing that is trained changes by it.
   */
  readonly viewer: Viewer & { readonly pictures$: Observable<ViewedPicture> };
  /** Does what a command as plain data says. A note resolves at once, a task with its answer. @throws ConfigError if it is none */
  perform(command: TrainerCommand): Promise<unknown>;
  /** Resolves when the run has ended and everything is written; rejects with the error of a failed run. */
  readonly done: Promise<RunSummary>;
}
