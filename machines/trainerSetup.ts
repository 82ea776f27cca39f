/** The vocabulary of the trainer machine: what its actors, guards and actions are called, and what they get. */
import { assign, fromCallback, fromEventObservable, fromPromise, setup } from 'xstate';
import { isUnwritable } from '../src/checkpoint/isUnwritable.ts';
import { NonFiniteError } from '../src/errors.ts';
import type { EvaluationScope } from '../src/pipeline/pipeline.ts';
import type { Ending } from '../streams/runEnd.ts';
import { afterCommand } from './commandActions.ts';
import type { CommandOf, NoteName } from './commands.ts';
import {
  afterFailure,
  afterNotSaved,
  afterPreparing,
  afterStep,
  isCalledAway,
  maxRollbacks,
  type NextState,
  nextState,
  type Prepared,
  type TrainerContext,
  type TrainerInput,
} from './trainerContext.ts';
import type { LooksChanged, StepCompleted, TrainerEvent, ViewDrawn, WaitingTask } from './trainerEvents.ts';
import { afterLooks, afterView } from './viewNotes.ts';

const notProvided = (): never => {
  throw new Error('not provided: start the trainer machine with createTrainer');
};

/** What a run that fails leaves out. */
const abandoned = { evaluations: [], tasks: [], checkpointRequested: false };

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
    /** Does the first of the waiting tasks and gives its answer to who asked; completes then. */
    serve: fromEventObservable<StepCompleted, { readonly task: WaitingTask; readonly step: number }>(
      notProvided,
    ),
    /** Draws a picture for somebody who looks at the run; says then what that took, and completes. */
    view: fromEventObservable<ViewDrawn, { readonly step: number; readonly isHeld: boolean }>(notProvided),
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
    /** The state is that of the last step boundary, also after a step that failed. */
    isWhole: () => true,
    nextIs: ({ context }, state: NextState) => nextState(context) === state,
    endsAs: ({ context }, ending: Ending) => context.ending === ending,
    isEnding: ({ context }) => context.ending !== null,
    /** The run was told to end before it had begun. */
    isAbandoned: ({ context }, { error }: { readonly error: unknown }) =>
      context.ending !== null && error instanceof Error && error.name === 'AbortError',
    isLeavingTraining: ({ context }) => isCalledAway(context, 'training'),
    isLeavingPause: ({ context }) => isCalledAway(context, 'paused'),
    /** The failure is a full or read-only disk, and nobody has asked to end the run all the same. */
    isRecoverable: ({ context }, { error }: { readonly error: unknown }) =>
      isUnwritable(error) && !context.endsUnsaved,
    /** The failure is one that going back may cure. */
    mayRollBack: ({ context }, { error }: { readonly error: unknown }) =>
      error instanceof NonFiniteError &&
      context.input.trainer.onNonFinite === 'rollback' &&
      context.rollbacks < maxRollbacks,
  },
  actions: {
    noteCommand: assign(({ context }, command: CommandOf<NoteName>) => afterCommand(context, command)),
    noteTask: assign({
      tasks: ({ context }, { id, command }: WaitingTask) => [...context.tasks, { id, command }],
    }),
    forgetLearningRates: assign({ learningRateFactors: {} }),
    recordPrepared: assign(({ context }, prepared: Prepared) => afterPreparing(context, prepared)),
    recordStep: assign(({ context, event }) =>
      event.type === 'step.completed' ? afterStep(context, event) : {},
    ),
    recordServed: assign({ tasks: ({ context }) => context.tasks.slice(1) }),
    noteLooks: assign(({ context }, looks: LooksChanged) => afterLooks(context, looks)),
    recordView: assign(({ context }, drawn: ViewDrawn) => afterView(context, drawn)),
    recordEvaluation: assign({ evaluations: ({ context }) => context.evaluations.slice(1) }),
    recordCheckpointBegun: assign({ checkpointRequested: false }),
    recordCheckpointTaken: assign({ heldUnsaved: false, writing: true }),
    recordCheckpointWritten: assign({ writing: false }),
    holdUnsaved: assign(afterNotSaved),
    recordRollback: assign({ rollbacks: ({ context }) => context.rollbacks + 1 }),
    /** The run fails at once. */
    recordFailure: assign(({ context }, { error }: { readonly error: unknown }) => ({
      ...afterFailure(context, error),
      ...abandoned,
    })),
    /** The run fails, and is saved as it was at the last step boundary. */
    recordFailureToSave: assign(({ context }, { error }: { readonly error: unknown }) => ({
      ...afterFailure(context, error),
      ...abandoned,
      checkpointRequested: true,
    })),
    /** Nothing may be saved any more, not even the last checkpoint. */
    recordFolderLost: assign(({ context }, { error }: { readonly error: unknown }) => ({
      ...afterFailure(context, error),
      ...abandoned,
      heldUnsaved: false,
    })),
    /** The run fails, but what is waiting is done first. */
    recordFailedEnd: assign(({ context }, { error }: { readonly error: unknown }) =>
      afterFailure(context, error),
    ),
    /** Nobody waits for what is being prepared any more. */
    abandonPreparing: () => {},
    /** Puts the factors that wait in force. */
    applyLearningRates: () => {},
    /** Keeps the error itself, which is no plain data, for whoever waits for the end of the run. */
    keepError: (_, _params: { readonly error: unknown }) => {},
    /** Tells people about a failure that does not end the run. */
    report: (_, _params: { readonly what: string; readonly error: unknown; readonly hint?: string }) => {},
  },
});
