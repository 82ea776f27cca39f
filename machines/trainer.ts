/** The Trainer as its users see it: commands in, metrics and status out. */
import type { Observable } from 'rxjs';
import type { CameraView, ImageEvaluation } from '../src/pipeline/pipeline.ts';
import type { MetricEvent } from '../streams/metricEvent.ts';
import type { SinkReport } from '../streams/sink.ts';

/** Names of the machine's states. */
export type TrainerState =
  | 'preparing'
  | 'training'
  | 'evaluating'
  | 'checkpointing'
  | 'paused'
  | 'finishing'
  | 'completed'
  | 'stopped'
  | 'failed';

/** How much an evaluation covers. */
export type EvaluationScope = 'batch' | 'image' | 'all';

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

/** What `summary.json` holds. */
export interface RunSummary {
  readonly status: 'completed' | 'stopped' | 'interrupted' | 'failed';
  readonly steps: number;
  readonly wallSeconds: number;
  readonly trainSeconds: number;
  readonly engine: string;
  readonly threads: number;
  readonly eval?: {
    readonly psnr: number;
    readonly ssim: number;
    readonly images: readonly {
      readonly name: string;
      readonly render: string;
      readonly psnr: number;
      readonly ssim: number;
    }[];
  };
  /** Newest checkpoint, relative to the run folder. */
  readonly checkpoint?: string;
  readonly sinks: readonly SinkReport[];
  /** Why it failed. */
  readonly error?: string;
}

/** A running (or finished) training. Commands may be sent at any time, in any state; none is lost. */
export interface Trainer {
  readonly metrics$: Observable<MetricEvent>;
  readonly status$: Observable<TrainerStatus>;
  pause(): void;
  resume(): void;
  stepOnce(): void;
  checkpoint(): void;
  evaluate(scope: EvaluationScope): void;
  /** Multiplies a group's scheduled learning rate from the next step on. */
  setLearningRate(group: string, factor: number): void;
  /** Finishes the step, saves, and ends. */
  stop(): void;
  /** Resolves when the run has ended and everything is written; rejects with the error of a failed run. */
  readonly done: Promise<RunSummary>;
}
