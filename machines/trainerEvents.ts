/** Everything that can be said to the trainer machine: commands from outside, facts from the work it runs. */
import type { EvaluationScope } from './trainer.ts';

/** Why a run is asked to end: by choice, or by a signal. */
export type StopReason = 'stop' | 'interrupt';

/** Commands: allowed in every state, remembered until they can be honoured. */
export type TrainerCommand =
  | { readonly type: 'trainer.pause' }
  | { readonly type: 'trainer.resume' }
  | { readonly type: 'trainer.stepOnce' }
  | { readonly type: 'trainer.evaluate'; readonly scope: EvaluationScope }
  | { readonly type: 'trainer.checkpoint' }
  | { readonly type: 'trainer.stop'; readonly reason?: StopReason }
  | { readonly type: 'trainer.setLearningRate'; readonly group: string; readonly factor: number };

/** A step was committed. */
export interface StepCompleted {
  readonly type: 'step.completed';
  readonly step: number;
  /** Seconds of training so far, over all sessions of the run. */
  readonly trainSeconds: number;
}

/** A checkpoint lies on the disk. */
export interface CheckpointSaved {
  readonly type: 'checkpoint.saved';
  readonly step: number;
}

/** A checkpoint could not be written; training goes on. */
export interface CheckpointFailed {
  readonly type: 'checkpoint.failed';
  readonly error: unknown;
}

/** Another process has taken the run folder over: this run ends, and writes nothing more there. */
export interface FolderLost {
  readonly type: 'folder.lost';
  readonly error: unknown;
}

export type TrainerEvent = TrainerCommand | StepCompleted | CheckpointSaved | CheckpointFailed | FolderLost;
