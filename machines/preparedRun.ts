/** What a run is prepared from, and what a session then has. */
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Log } from '../src/log.ts';
import type { FolderLost, RunFolder } from '../src/runFolder/runFolder.ts';
import type { AttachedSinks } from '../streams/attachSinks.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import type { StopSignal } from '../streams/operators/earlyStop.ts';
import type { Evaluator } from './averagedEvaluation.ts';
import type { Evaluation } from './evaluation.ts';
import type { Continuation } from './runContinuation.ts';
import type { RunStore } from './runStore.ts';
import type { RunTimes } from './runTimes.ts';
import type { TrainerOptions } from './trainerOptions.ts';
import type { TrainerParts } from './trainerParts.ts';

/** What a session needs from its beginning to its end. */
export interface PreparedRun {
  readonly parts: TrainerParts;
  readonly store: RunStore;
  /** The pipeline as evaluations and renderings see it. */
  readonly evaluator: Evaluator;
  readonly evaluation: Evaluation;
  readonly sinks: Pick<AttachedSinks, 'done' | 'abandon'>;
  /** Absent for a run in memory. */
  readonly folder?: RunFolder;
  readonly continuation: Continuation;
}

/** What a run is prepared from. */
export interface RunSetting {
  readonly config: Config;
  readonly options: TrainerOptions;
  readonly bus: MetricBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: RunTimes;
  /** Told, in the middle of whatever measured it, that the metric of `trainer.earlyStop` does not get better any more. */
  readonly onEarlyStop: (signal: StopSignal) => void;
  readonly onFolderLost: FolderLost;
  /** Aborted when the run is to end before it has begun. */
  readonly signal: AbortSignal;
}

/** A run that can make its first step. */
export interface StartedRun {
  readonly parts: TrainerParts;
  readonly store: RunStore;
  readonly folder?: RunFolder;
  readonly continuation: Continuation;
}
