/** The vocabulary of the trainer machine: what its actors, guards and actions are called, and what they get. */
import { assign, fromCallback, fromEventObservable, fromPromise, setup } from 'xstate';
import { isUnwritable } from '../src/checkpoint/isUnwritable.ts';
import { NonFiniteError } from '../src/errors.ts';
import type { EvaluationScope } from './trainer.ts';
import {
  afterNotSaved,
  afterPreparing,
  afterStep,
  afterStop,
  type Ending,
  maxRollbacks,
  type NextState,
  nextState,
  type Prepared,
  type TrainerContext,
  type TrainerInput,
  tryingAgain,
  withEvaluation,
} from './trainerContext.ts';
import type { StepCompleted, TrainerEvent } from './trainerEvents.ts';

const notProvided = (): never => {
  throw new Error('not provided: start the trainer machine with createTrainer');
};

/** Actors are placeholders, and so are the actions that reach outside: `createTrainer` provides the ones that do the work. */
export const trainerSetup = setup({
  types: {
    context: {} as TrainerContext,
    input: {} as TrainerInput,
    events: {} as TrainerEvent,
  },
  actors: {
    /** Loads data, model and state; from the second time on it goes back to the last checkpoint. */
    prepare: fromPromise<Prepared, { readonly rollbacks: number }>(notProvided),
    /** Trains from a step on, one event a step. */
    train: fromEventObservable<StepCompleted, { readonly from: number }>(notProvided),
    /** Makes one evaluation; completes when it is published. */
    evaluate: fromEventObservable<StepCompleted, { readonly scope: EvaluationScope; readonly step: number }>(
      notProvided,
    ),
    /** Copies the state, memory to memory; the last one of a run is also waited for until it is written. */
    takeCheckpoint: fromPromise<void, { readonly step: number; readonly last: boolean }>(notProvided),
    /** Lives beside all states: says when the copy that was taken lies on the disk. */
    writeCheckpoints: fromCallback<{ readonly type: 'write'; readonly step: number }>(notProvided),
    /** Waits for what is being written and flushes the sinks. */
    finish: fromPromise<void, { readonly ending: Ending; readonly step: number }>(notProvided),
  },
  guards: {
    /** No step is being computed right now. */
    betweenSteps: () => true,
    nextIs: ({ context }, state: NextState) => nextState(context) === state,
    endsAs: ({ context }, ending: Ending) => context.ending === ending,
    isEnding: ({ context }) => context.ending !== null,
    isLeavingTraining: ({ context }) => nextState(context) !== 'training',
    isLeavingPause: ({ context }) => nextState(context) !== 'paused',
    /** The failure is a full or read-only disk, and nobody has asked to end the run all the same. */
    mayBeMended: ({ context }, { error }: { readonly error: unknown }) =>
      isUnwritable(error) && !context.endsUnsaved,
    /** The failure is one that going back may cure. */
    mayRollBack: ({ context }, { error }: { readonly error: unknown }) =>
      error instanceof NonFiniteError &&
      context.input.trainer.onNonFinite === 'rollback' &&
      context.rollbacks < maxRollbacks,
  },
  actions: {
    hold: assign({ stepsLeft: 0 }),
    release: assign(({ context }) => ({ ...tryingAgain(context), stepsLeft: null })),
    allowOneStep: assign(({ context }) => ({
      ...tryingAgain(context),
      stepsLeft: (context.stepsLeft ?? 0) + 1,
    })),
    noteEvaluation: assign({
      evaluations: ({ context }, scope: EvaluationScope) => withEvaluation(context.evaluations, scope),
    }),
    noteCheckpoint: assign({ checkpointRequested: true, heldUnsaved: false }),
    noteStop: assign(({ context, event }) =>
      afterStop(context, 'reason' in event ? event.reason : undefined),
    ),
    recordPrepared: assign(({ context }, prepared: Prepared) => afterPreparing(context, prepared)),
    recordStep: assign(({ context, event }) =>
      event.type === 'step.completed' ? afterStep(context, event) : {},
    ),
    recordEvaluation: assign({ evaluations: ({ context }) => context.evaluations.slice(1) }),
    recordCheckpointTaken: assign({ checkpointRequested: false, heldUnsaved: false, writing: true }),
    recordCheckpointNotTaken: assign({ checkpointRequested: false }),
    recordCheckpointWritten: assign({ writing: false }),
    holdUnsaved: assign(afterNotSaved),
    recordRollback: assign({ rollbacks: ({ context }) => context.rollbacks + 1 }),
    recordFailure: assign({ ending: 'failed' as const, evaluations: [], checkpointRequested: false }),
    /** Nothing may be saved any more, not even the last checkpoint. */
    recordFolderLost: assign({
      ending: 'failed' as const,
      evaluations: [],
      checkpointRequested: false,
      heldUnsaved: false,
    }),
    recordFailedEnd: assign({ ending: 'failed' as const }),
    /** Sets the factor from the next step on. */
    scheduleLearningRate: (_, _params: { readonly group: string; readonly factor: number }) => {},
    /** Keeps the error that the run fails with. */
    keepError: (_, _params: { readonly error: unknown }) => {},
    /** Tells people about a failure that does not end the run. */
    report: (_, _params: { readonly what: string; readonly error: unknown; readonly hint?: string }) => {},
  },
});
