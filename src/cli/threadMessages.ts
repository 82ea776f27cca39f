/** Everything that the main thread and the trainer's thread say to each other. Plain data only. */
import type { TrainerCommand } from '../../machines/commands.ts';
import type { RunSummary, TrainerStatus } from '../../machines/trainer.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { RunInfo } from '../../streams/sink.ts';
import type { Config } from '../config/schema.ts';

/** What the trainer's thread is started with. */
export interface TrainerThreadInput {
  readonly config: Config;
  /** Absolute path. */
  readonly runDir: string;
  /** Go on with the run in `runDir`. */
  readonly resume: boolean;
  /** Checkpoint whose weights a new run starts from. */
  readonly load?: string;
}

/** Main thread to trainer. */
export type ToTrainer =
  /** What is asked of the run; answered under the same `id`. */
  | { readonly type: 'command'; readonly id: number; readonly command: TrainerCommand }
  /** A batch was handled; the trainer may send the next one. */
  | { readonly type: 'handled' };

/** An error as it crosses threads; `tag` is that of `src/errors.ts`, if it has one. */
export interface PlainError {
  readonly tag?: string;
  readonly message: string;
  readonly stack?: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Trainer to main thread. */
export type FromTrainer =
  /** Preparing succeeded and the run folder exists. */
  | { readonly type: 'started'; readonly run: RunInfo }
  /** What happened since the last batch; `dropped` metrics were lost because the main thread did not keep up. */
  | {
      readonly type: 'batch';
      readonly metrics: readonly MetricEvent[];
      readonly statuses: readonly TrainerStatus[];
      readonly dropped: number;
    }
  /** A command was taken on, or, if it is one that answers, done. */
  | { readonly type: 'answer'; readonly id: number; readonly answer?: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string }
  | { readonly type: 'done'; readonly summary: RunSummary }
  | { readonly type: 'failed'; readonly error: PlainError };
