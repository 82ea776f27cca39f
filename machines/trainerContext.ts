/** What the trainer machine remembers, and the pure functions that decide by it. Plain JSON throughout. */
import type { Config } from '../src/config/schema.ts';
import type { EvaluationScope } from '../src/pipeline/pipeline.ts';
import type { Ending } from '../streams/runEnd.ts';
import type { StepCompleted, WaitingTask } from './trainerEvents.ts';
import { isViewDue, noViews, type ViewNotes } from './viewNotes.ts';

/** What the machine is started with: the parts of the config that it acts on. */
export type TrainerInput = Pick<Config, 'evaluate'> & {
  readonly trainer: Pick<
    Config['trainer'],
    'maxSteps' | 'maxSeconds' | 'minSteps' | 'stopAtStep' | 'startPaused' | 'onNonFinite'
  >;
  readonly checkpoint: Pick<Config['checkpoint'], 'everySteps'>;
};

export interface TrainerContext {
  readonly input: TrainerInput;
  /** Steps committed. */
  readonly step: number;
  readonly trainSeconds: number;
  /** Steps that may still be made before the run holds; `null`: no limit, 0: paused. */
  readonly stepsLeft: number | null;
  /** Evaluations to be made at the next boundary; the first one runs while `evaluating`. */
  readonly evaluations: readonly EvaluationScope[];
  /** Tasks to be done at the next boundary, also while paused; the first one runs while `serving`. */
  readonly tasks: readonly WaitingTask[];
  /** Who looks at the run, and what that has taken. */
  readonly views: ViewNotes;
  /** Factors of learning rates by group, to be put in force at the next boundary. */
  readonly learningRateFactors: Readonly<Record<string, number>>;
  /** A checkpoint is to be taken. Several requests become one. */
  readonly checkpointRequested: boolean;
  /** A checkpoint is being written beside the training. */
  readonly writing: boolean;
  /** What should be written found a full or read-only disk: the run holds until it is told to try again. */
  readonly heldUnsaved: boolean;
  /** Told to end while it was held: if that cannot be written again, the run ends without it. */
  readonly endsUnsaved: boolean;
  /** Set once the run is to end: how. */
  readonly ending: Ending | null;
  /** Why the run fails: the first reason counts. */
  readonly failure: string | null;
  /** How often the run went back to a checkpoint. */
  readonly rollbacks: number;
}

/** What `preparing` found: where the run continues. */
export interface Prepared {
  readonly step: number;
  readonly trainSeconds: number;
}

/** Where a run can go from a step boundary. */
export type NextState =
  | 'serving'
  | 'evaluating'
  | 'checkpointing'
  | 'finishing'
  | 'viewing'
  | 'paused'
  | 'training';

/** More rollbacks than this make the run fail: at 1/32 of the learning rate the cause lies elsewhere. */
export const maxRollbacks = 5;

export function initialContext(input: TrainerInput): TrainerContext {
  return {
    input,
    step: 0,
    trainSeconds: 0,
    stepsLeft: input.trainer.startPaused ? 0 : null,
    evaluations: [],
    tasks: [],
    views: noViews,
    learningRateFactors: {},
    checkpointRequested: false,
    writing: false,
    heldUnsaved: false,
    endsUnsaved: false,
    ending: null,
    failure: null,
    rollbacks: 0,
  };
}

/**
 * What comes next at a step boundary: tasks, which are short and waited for, then evaluations, then saving, then the end, then pictures for those who look,
 * and training only if nothing else is due.
 * A run whose disk is full or read-only holds, even at its end.
 */
export function nextState(context: TrainerContext): NextState {
  if (context.tasks.length > 0) return 'serving';
  if (context.heldUnsaved) return isViewDue(context) ? 'viewing' : 'paused';
  if (context.evaluations.length > 0) return 'evaluating';
  if (context.checkpointRequested && (!context.writing || context.ending !== null)) return 'checkpointing';
  if (context.ending !== null) return 'finishing';
  if (isViewDue(context)) return 'viewing';
  return context.stepsLeft === 0 ? 'paused' : 'training';
}

/** Whether no step may be made, for now. */
export function isHeld({ stepsLeft, heldUnsaved }: TrainerContext): boolean {
  return stepsLeft === 0 || heldUnsaved;
}

/** Whether a run that trains, or is paused, has to look at what was asked for. */
export function isCalledAway(context: TrainerContext, state: 'training' | 'paused'): boolean {
  return nextState(context) !== state || Object.keys(context.learningRateFactors).length > 0;
}

/** The run fails; of several reasons the first is kept. */
export function afterFailure({ failure }: TrainerContext, error: unknown) {
  return {
    ending: 'failed' as const,
    failure: failure ?? (error instanceof Error ? error.message : String(error)),
  };
}

/** The run continues from where `preparing` found it, or ends at once if its last step is already done. */
export function afterPreparing(context: TrainerContext, { step, trainSeconds }: Prepared) {
  return endIfDone({ ...context, step, trainSeconds });
}

/** Counts a step and notes what is due after it. */
export function afterStep(context: TrainerContext, { step, trainSeconds }: StepCompleted) {
  const { evaluate, checkpoint } = context.input;
  const evaluations: EvaluationScope[] = [];
  if (isDue(step, evaluate.batchEverySteps)) evaluations.push('batch');
  if (isDue(step, evaluate.allImagesEverySteps)) evaluations.push('all');
  else if (isDue(step, evaluate.imageEverySteps)) evaluations.push('image');
  const { stepsLeft } = context;
  return endIfDone({
    ...context,
    step,
    trainSeconds,
    stepsLeft: stepsLeft === null || stepsLeft === 0 ? stepsLeft : stepsLeft - 1,
    evaluations: evaluations.reduce(withEvaluation, context.evaluations),
    checkpointRequested: context.checkpointRequested || isDue(step, checkpoint.everySteps),
  });
}

/** One evaluation more; one that is waiting already is not made twice. */
export function withEvaluation(
  waiting: readonly EvaluationScope[],
  scope: EvaluationScope,
): readonly EvaluationScope[] {
  return waiting.includes(scope) ? waiting : [...waiting, scope];
}

/** Holds the run: what was computed since the last checkpoint is only in memory. */
export function afterNotSaved() {
  return { heldUnsaved: true, stepsLeft: 0, checkpointRequested: false };
}

/** The last step is always evaluated on all images, and saved. */
function endIfDone(context: TrainerContext): TrainerContext {
  const { maxSteps, maxSeconds, minSteps, stopAtStep = Number.POSITIVE_INFINITY } = context.input.trainer;
  const outOfTime =
    maxSeconds !== undefined && context.trainSeconds >= maxSeconds && context.step >= minSteps;
  const isComplete = context.step >= maxSteps || outOfTime;
  if (context.ending !== null || !(isComplete || context.step >= stopAtStep)) return context;
  return {
    ...context,
    ending: isComplete ? 'completed' : 'stopped',
    evaluations: withEvaluation(
      context.evaluations.filter((scope) => scope !== 'image'),
      'all',
    ),
    checkpointRequested: true,
  };
}

function isDue(step: number, everySteps: number): boolean {
  return everySteps > 0 && step % everySteps === 0;
}
