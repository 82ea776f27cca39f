/** The trainer as a state machine: what a run does when, and what each command means in each state. */
import {
  type ActorRefFrom,
  and,
  assign,
  fromCallback,
  fromEventObservable,
  fromPromise,
  sendTo,
  setup,
} from 'xstate';
import { NonFiniteError } from '../src/errors.ts';
import type { EvaluationScope } from './trainer.ts';
import {
  afterPreparing,
  afterStep,
  afterStop,
  type Ending,
  initialContext,
  maxRollbacks,
  type NextState,
  nextState,
  type Prepared,
  type TrainerContext,
  type TrainerInput,
  withEvaluation,
} from './trainerContext.ts';
import type { StepCompleted, TrainerEvent } from './trainerEvents.ts';

const notProvided = (): never => {
  throw new Error('not provided: start the trainer machine with createTrainer');
};

/**
 * The chart. Its actors are placeholders: `createTrainer` provides the ones that do the work.
 *
 * Commands are handled at the root: they only note what is wanted, in every state. At a step boundary `deciding` reads
 * the notes ({@link nextState}); that is why no command is lost, whenever it comes.
 */
export const trainerMachine = setup({
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
    /** Copies the state, memory to memory. */
    takeCheckpoint: fromPromise<void, { readonly step: number }>(notProvided),
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
    /** The failure is one that going back may cure. */
    mayRollBack: ({ context }, { error }: { readonly error: unknown }) =>
      error instanceof NonFiniteError &&
      context.input.trainer.onNonFinite === 'rollback' &&
      context.rollbacks < maxRollbacks,
  },
  actions: {
    hold: assign({ stepsLeft: 0 }),
    release: assign({ stepsLeft: null }),
    allowOneStep: assign({ stepsLeft: ({ context }) => (context.stepsLeft ?? 0) + 1 }),
    noteEvaluation: assign({
      evaluations: ({ context }, scope: EvaluationScope) => withEvaluation(context.evaluations, scope),
    }),
    noteCheckpoint: assign({ checkpointRequested: true }),
    noteStop: assign(({ event }) => afterStop('reason' in event ? event.reason : undefined)),
    recordPrepared: assign(({ context }, prepared: Prepared) => afterPreparing(context, prepared)),
    recordStep: assign(({ context, event }) =>
      event.type === 'step.completed' ? afterStep(context, event) : {},
    ),
    recordEvaluation: assign({ evaluations: ({ context }) => context.evaluations.slice(1) }),
    recordCheckpointTaken: assign({ checkpointRequested: false, writing: true }),
    recordCheckpointNotTaken: assign({ checkpointRequested: false }),
    recordCheckpointWritten: assign({ writing: false }),
    recordRollback: assign({ rollbacks: ({ context }) => context.rollbacks + 1 }),
    recordFailure: assign({ ending: 'failed' as const, evaluations: [], checkpointRequested: false }),
    recordFailedEnd: assign({ ending: 'failed' as const }),
    /** Sets the factor from the next step on. */
    scheduleLearningRate: (_, _params: { readonly group: string; readonly factor: number }) => {},
    /** Keeps the error that the run fails with. */
    keepError: (_, _params: { readonly error: unknown }) => {},
    /** Tells people about a failure that does not end the run. */
    report: (_, _params: { readonly what: string; readonly error: unknown }) => {},
  },
}).createMachine({
  id: 'trainer',
  context: ({ input }) => initialContext(input),
  invoke: {
    id: 'checkpointWriter',
    src: 'writeCheckpoints',
    onError: {
      actions: { type: 'report', params: ({ event }) => ({ what: 'checkpoint', error: event.error }) },
    },
  },
  on: {
    'trainer.pause': { actions: 'hold' },
    'trainer.resume': { actions: 'release' },
    'trainer.stepOnce': { actions: 'allowOneStep' },
    'trainer.evaluate': { actions: { type: 'noteEvaluation', params: ({ event }) => event.scope } },
    'trainer.checkpoint': { actions: 'noteCheckpoint' },
    'trainer.stop': { actions: 'noteStop' },
    'trainer.setLearningRate': { actions: { type: 'scheduleLearningRate', params: ({ event }) => event } },
    'checkpoint.saved': { actions: 'recordCheckpointWritten' },
    'checkpoint.failed': {
      actions: [
        'recordCheckpointWritten',
        { type: 'report', params: ({ event }) => ({ what: 'checkpoint', error: event.error }) },
      ],
    },
  },
  initial: 'preparing',
  states: {
    preparing: {
      description: 'Loads data, model and state. After a rollback it loads the last checkpoint again.',
      invoke: {
        id: 'prepare',
        src: 'prepare',
        input: ({ context }) => ({ rollbacks: context.rollbacks }),
        onDone: {
          target: 'deciding',
          actions: { type: 'recordPrepared', params: ({ event }) => event.output },
        },
        onError: {
          target: 'finishing',
          actions: ['recordFailure', { type: 'keepError', params: ({ event }) => ({ error: event.error }) }],
        },
      },
    },
    deciding: {
      description: 'A step boundary: looks at what was asked for and is due. Never rests here.',
      always: [
        { guard: { type: 'nextIs', params: 'evaluating' }, target: 'evaluating' },
        { guard: { type: 'nextIs', params: 'checkpointing' }, target: 'checkpointing' },
        { guard: { type: 'nextIs', params: 'finishing' }, target: 'finishing' },
        { guard: { type: 'nextIs', params: 'paused' }, target: 'paused' },
        { target: 'training' },
      ],
    },
    training: {
      description: 'Computes one step after the other. Leaving it unsubscribes, at a step boundary only.',
      invoke: {
        id: 'train',
        src: 'train',
        input: ({ context }) => ({ from: context.step + 1 }),
        onError: [
          {
            guard: { type: 'mayRollBack', params: ({ event }) => ({ error: event.error }) },
            target: 'preparing',
            actions: [
              'recordRollback',
              { type: 'report', params: ({ event }) => ({ what: 'rollback', error: event.error }) },
            ],
          },
          {
            target: 'finishing',
            actions: [
              'recordFailure',
              { type: 'keepError', params: ({ event }) => ({ error: event.error }) },
            ],
          },
        ],
      },
      on: { 'step.completed': { actions: 'recordStep' } },
      always: { guard: and(['betweenSteps', 'isLeavingTraining']), target: 'deciding' },
    },
    evaluating: {
      description: 'Makes one evaluation of held-out rays or images. A stop leaves out the rest of it.',
      invoke: {
        id: 'evaluate',
        src: 'evaluate',
        input: ({ context }) => ({ scope: context.evaluations[0] ?? 'batch', step: context.step }),
        onDone: { target: 'deciding', actions: 'recordEvaluation' },
        onError: [
          {
            guard: 'isEnding',
            target: 'deciding',
            actions: [
              'recordEvaluation',
              'recordFailedEnd',
              { type: 'keepError', params: ({ event }) => ({ error: event.error }) },
            ],
          },
          {
            target: 'deciding',
            actions: [
              'recordEvaluation',
              { type: 'report', params: ({ event }) => ({ what: 'evaluation', error: event.error }) },
            ],
          },
        ],
      },
      on: { 'trainer.stop': { target: 'deciding', actions: 'noteStop' } },
    },
    checkpointing: {
      description: 'Copies the state, memory to memory. Writing the copy goes on beside the training.',
      invoke: {
        id: 'takeCheckpoint',
        src: 'takeCheckpoint',
        input: ({ context }) => ({ step: context.step }),
        onDone: {
          target: 'deciding',
          actions: [
            'recordCheckpointTaken',
            sendTo('checkpointWriter', ({ context }) => ({ type: 'write', step: context.step })),
          ],
        },
        onError: {
          target: 'deciding',
          actions: [
            'recordCheckpointNotTaken',
            { type: 'report', params: ({ event }) => ({ what: 'checkpoint', error: event.error }) },
          ],
        },
      },
    },
    paused: {
      description: 'Holds until a command comes. Nothing runs.',
      always: { guard: 'isLeavingPause', target: 'deciding' },
    },
    finishing: {
      description: 'Waits for the checkpoint that is being written, flushes the sinks, writes the summary.',
      invoke: {
        id: 'finish',
        src: 'finish',
        input: ({ context }) => ({ ending: context.ending ?? 'failed', step: context.step }),
        onDone: [
          { guard: { type: 'endsAs', params: 'completed' }, target: 'completed' },
          { guard: { type: 'endsAs', params: 'failed' }, target: 'failed' },
          { target: 'stopped' },
        ],
        onError: {
          target: 'failed',
          actions: ['recordFailure', { type: 'keepError', params: ({ event }) => ({ error: event.error }) }],
        },
      },
      on: { 'trainer.stop': {} },
    },
    completed: { description: 'Every step was made, evaluated and saved.', type: 'final' },
    stopped: { description: 'Ended by a stop command or a signal, saved at its last step.', type: 'final' },
    failed: { description: 'Ended by an error.', type: 'final' },
  },
});

/** A running trainer machine. */
export type TrainerActor = ActorRefFrom<typeof trainerMachine>;
