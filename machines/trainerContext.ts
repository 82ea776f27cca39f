/** What the trainer machine remembers, and the pure functions that decide by it. Plain JSON throughout. */
import type { Config } from '../src/config/schema.ts';
import type { EvaluationScope } from './trainer.ts';
import type { StepCompleted, StopReason } from './trainerEvents.ts';

/** How a run ends. */
export type Ending = 'completed' | 'stopped' | 'interrupted' | 'failed';

/** What the machine is started with: the parts of the config that it acts on. */
export type TrainerInput = Pick<Config, 'evaluate'> & {
  readonly trainer: Pick<
    Config['trainer'],
    'maxSteps' | 'maxSeconds' | 'minSteps' | 'startPaused' | 'onNonFinite'
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
  /** How often the run went back to a checkpoint. */
  readonly rollbacks: number;
}

/** What `preparing` found: where the run continues. */
export interface Prepared {
  readonly step: number;
  readonly trainSeconds: number;
}

/** Where a run can go from a step boundary. */
export type NextState = 'evaluating' | 'checkpointing' | 'finishing' | 'paused' | 'training';

/** More rollbacks than this make the run fail: at 1/32 of the learning rate the cause lies elsewhere. */
export const maxRollbacks = 5;

export function initialContext(input: TrainerInput): TrainerContext {
  return {
    input,
    step: 0,
    trainSeconds: 0,
    stepsLeft: input.trainer.startPaused ? 0 : null,
    evaluations: [],
    checkpointRequested: false,
    writing: false,
    heldUnsaved: false,
    endsUnsaved: false,
    ending: null,
    rollbacks: 0,
  };
}

/**
 * What comes next at a step boundary: evaluations, then saving, then the end, and training only if nothing else is due.
 * A run whose disk is full or read-only holds, even at its end.
 */
export function nextState(context: TrainerContext): NextState {
  if (context.heldUnsaved) return 'paused';
  if (context.evaluations.length > 0) return 'evaluating';
  if (context.checkpointRequested && (!context.writing || context.ending !== null)) return 'checkpointing';
  if (context.ending !== null) return 'finishing';
  return context.stepsLeft === 0 ? 'paused' : 'training';
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

/** A stop saves and leaves out what evaluation is waiting. For a run that is held it is the last try. */
export function afterStop({ heldUnsaved, endsUnsaved }: TrainerContext, reason: StopReason = 'stop') {
  return {
    ending: reason === 'interrupt' ? ('interrupted' as const) : ('stopped' as const),
    evaluations: [],
    checkpointRequested: true,
    heldUnsaved: false,
    endsUnsaved: endsUnsaved || heldUnsaved,
  };
}

/** Holds the run: what was computed since the last checkpoint is only in memory. */
export function afterNotSaved() {
  return { heldUnsaved: true, stepsLeft: 0, checkpointRequested: false };
}

/** A command that wants the run to go on also wants what could not be saved to be saved. */
export function tryingAgain({ heldUnsaved, checkpointRequested }: TrainerContext) {
  return { heldUnsaved: false, checkpointRequested: checkpointRequested || heldUnsaved };
}

/** The last step is always evaluated on all images, and saved. */
function endIfDone(context: TrainerContext): TrainerContext {
  const { maxSteps, maxSeconds, minSteps } = context.input.trainer;
  const outOfTime =
    maxSeconds !== undefined && context.trainSeconds >= maxSeconds && context.step >= minSteps;
  if (context.ending !== null || (context.step < maxSteps && !outOfTime)) return context;
  return {
    ...context,
    ending: 'completed',
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
