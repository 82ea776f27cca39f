/** Everything that can be said to the trainer machine: commands from outside, facts from the work it runs. */
import type { CommandOf, NoteName, TaskName } from './commands.ts';

/** A task, waiting for its turn between two steps. */
export interface WaitingTask {
  /** Who waits for the answer knows it by this number. */
  readonly id: number;
  readonly command: CommandOf<TaskName>;
}

/** A task was asked for. */
export interface TaskRequested extends WaitingTask {
  readonly type: 'task.requested';
}

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

/** What is drawn next: `first`, the first picture after somebody has looked elsewhere; `sharper`, one with more pixels than the last. */
export type WantedView = 'first' | 'sharper';

/** Somebody looks at the run, looks elsewhere, goes away, or has received a picture. */
export interface LooksChanged {
  readonly type: 'looks.changed';
  readonly wanted: WantedView | null;
  readonly oldestStep: number | null;
  readonly share: number;
}

/** A time of drawing has ended. */
export interface ViewDrawn {
  readonly type: 'view.drawn';
  /** All that the training stood still. */
  readonly milliseconds: number;
  /** What the first picture in it took; 0 without one. */
  readonly first: number;
}

/** Notes are allowed in every state, and remembered until they can be honoured. */
export type TrainerEvent =
  | CommandOf<NoteName>
  | TaskRequested
  | LooksChanged
  | ViewDrawn
  | StepCompleted
  | CheckpointSaved
  | CheckpointFailed
  | FolderLost;
