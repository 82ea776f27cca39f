/** Everything that the main thread and the trainer's thread say to each other. Plain data only. */
import type { RunSummary } from '../../machines/trainer.ts';
import type { View, ViewedPicture } from '../../machines/viewDesk.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { RunInfo } from '../../streams/sink.ts';
import type { Config } from '../config/schema.ts';
import type { Progress } from '../log.ts';
import type { ShownScene } from '../studio/studioRun.ts';
import type { ControlRequest, ControlResponse } from './controlProtocol.ts';

/** What the trainer's thread is to do: the first message, before any of `ToTrainer`. */
export interface TrainerThreadInput {
  readonly config: Config;
  /** Absolute path. */
  readonly runDir: string;
  /** Go on with the run in `runDir`. */
  readonly resume: boolean;
  /** Checkpoint whose weights a new run starts from. */
  readonly load?: string;
  /** A studio shows the run: its scene and its pictures are wanted. */
  readonly isShown: boolean;
}

/** What those who look at a run ask of the thread that draws. */
export type ToViewer =
  | { readonly type: 'look'; readonly visitor: number; readonly view: View | undefined }
  | { readonly type: 'leave' | 'seen'; readonly visitor: number }
  | { readonly type: 'spent'; readonly milliseconds: number }
  | { readonly type: 'share'; readonly share: number };

/** What they are shown. */
export type FromViewer =
  | { readonly type: 'picture'; readonly picture: ViewedPicture }
  | { readonly type: 'shown'; readonly shown: ShownScene };

/** Main thread to trainer. */
export type ToTrainer =
  | ToViewer
  /** What came over the control socket; answered under the same `id`. */
  | { readonly type: 'request'; readonly id: number; readonly request: ControlRequest }
  /** Nobody waits for the answer any more. */
  | { readonly type: 'cancel'; readonly id: number }
  /** A signal asks the run to end. */
  | { readonly type: 'interrupt' }
  /** A batch was taken; the trainer may send the next one. */
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
  | FromViewer
  /** Preparing succeeded and the run folder exists. */
  | { readonly type: 'started'; readonly run: RunInfo }
  /** Metrics, in order; the next batch follows once this one was handled. */
  | { readonly type: 'batch'; readonly events: readonly MetricEvent[] }
  | { readonly type: 'response'; readonly id: number; readonly response: ControlResponse }
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'done'; readonly summary: RunSummary }
  | { readonly type: 'failed'; readonly error: PlainError };
