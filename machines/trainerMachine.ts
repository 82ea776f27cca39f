/** The trainer as a state machine: what a run does when, and what each command means in each state. */
import { type ActorRefFrom, and, sendTo } from 'xstate';
import { initialContext, isHeld } from './trainerContext.ts';
import { trainerSetup } from './trainerSetup.ts';

/** What to do about a run that holds because its disk is full or may not be written. */
const heldHint =
  'The run is paused, nothing is lost: mend that, then resume it (nerfstream ctl RUN_DIR resume).';

const errorOf = ({ event }: { readonly event: { readonly error: unknown } }) => ({ error: event.error });

const folderLost = [
  { type: 'recordFolderLost' as const, params: errorOf },
  { type: 'keepError' as const, params: errorOf },
];

/**
 * The chart. The words in it are those of {@link trainerSetup}.
 *
 * Commands are handled at the root: they only note what is wanted (commandActions.ts), in every state. At a step boundary
 * `deciding` reads the notes (`nextState`); that is why no command is lost, whenever it comes.
 */
export const trainerMachine = trainerSetup.createMachine({
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
    'trainer.*': { actions: { type: 'noteCommand', params: ({ event }) => event } },
    'task.requested': { actions: { type: 'noteTask', params: ({ event }) => event } },
    'looks.changed': { actions: { type: 'noteLooks', params: ({ event }) => event } },
    'folder.lost': { actions: folderLost },
    'checkpoint.saved': { actions: 'recordCheckpointWritten' },
    'checkpoint.failed': [
      {
        guard: { type: 'isRecoverable', params: errorOf },
        actions: [
          'recordCheckpointWritten',
          'holdUnsaved',
          {
            type: 'report',
            params: ({ event }) => ({ what: 'checkpoint', error: event.error, hint: heldHint }),
          },
        ],
      },
      {
        actions: [
          'recordCheckpointWritten',
          { type: 'report', params: ({ event }) => ({ what: 'checkpoint', error: event.error }) },
        ],
      },
    ],
  },
  initial: 'preparing',
  states: {
    preparing: {
      description:
        'Loads data, model and state; a stop leaves out the rest. After a rollback it loads the last checkpoint again.',
      invoke: {
        id: 'prepare',
        src: 'prepare',
        input: ({ context }) => ({ rollbacks: context.rollbacks }),
        onDone: {
          target: 'deciding',
          actions: { type: 'recordPrepared', params: ({ event }) => event.output },
        },
        onError: [
          { guard: { type: 'isAbandoned', params: errorOf }, target: 'finishing' },
          {
            target: 'finishing',
            actions: [
              { type: 'recordFailure', params: errorOf },
              { type: 'keepError', params: errorOf },
            ],
          },
        ],
      },
      on: {
        'trainer.stop': {
          actions: [{ type: 'noteCommand', params: ({ event }) => event }, 'abandonPreparing'],
        },
      },
    },
    deciding: {
      description: 'A step boundary: looks at what was asked for and is due. Never rests here.',
      entry: ['applyLearningRates', 'forgetLearningRates'],
      always: [
        { guard: { type: 'nextIs', params: 'serving' }, target: 'serving' },
        { guard: { type: 'nextIs', params: 'evaluating' }, target: 'evaluating' },
        { guard: { type: 'nextIs', params: 'checkpointing' }, target: 'checkpointing' },
        { guard: { type: 'nextIs', params: 'finishing' }, target: 'finishing' },
        { guard: { type: 'nextIs', params: 'viewing' }, target: 'viewing' },
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
            guard: { type: 'mayRollBack', params: errorOf },
            target: 'preparing',
            actions: [
              'recordRollback',
              { type: 'report', params: ({ event }) => ({ what: 'rollback', error: event.error }) },
            ],
          },
          {
            guard: 'isWhole',
            target: 'deciding',
            actions: [
              { type: 'recordFailureToSave', params: errorOf },
              { type: 'keepError', params: errorOf },
            ],
          },
          {
            target: 'finishing',
            actions: [
              { type: 'recordFailure', params: errorOf },
              { type: 'keepError', params: errorOf },
            ],
          },
        ],
      },
      on: { 'step.completed': { actions: 'recordStep' } },
      always: { guard: and(['betweenSteps', 'isLeavingTraining']), target: 'deciding' },
    },
    serving: {
      description: 'Does one task that somebody waits for, such as rendering an image. A stop leaves it out.',
      invoke: {
        id: 'serve',
        src: 'serve',
        input: ({ context }) => ({ task: context.tasks[0]!, step: context.step }),
        onDone: { target: 'deciding', actions: 'recordServed' },
        onError: { target: 'deciding', actions: 'recordServed' },
      },
      on: {
        'trainer.stop': {
          target: 'deciding',
          actions: { type: 'noteCommand', params: ({ event }) => event },
        },
        'folder.lost': { target: 'deciding', actions: folderLost },
      },
    },
    viewing: {
      description:
        'Draws one picture for those who look at the run, as long as their share of the time allows. A stop leaves it out.',
      invoke: {
        id: 'view',
        src: 'view',
        input: ({ context }) => ({ step: context.step, isHeld: isHeld(context) }),
        onDone: 'deciding',
        onError: 'deciding',
      },
      on: {
        'view.drawn': { actions: { type: 'recordView', params: ({ event }) => event } },
        'trainer.stop': {
          target: 'deciding',
          actions: { type: 'noteCommand', params: ({ event }) => event },
        },
        'folder.lost': { target: 'deciding', actions: folderLost },
      },
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
            guard: { type: 'isRecoverable', params: errorOf },
            target: 'deciding',
            actions: [
              'holdUnsaved',
              {
                type: 'report',
                params: ({ event }) => ({ what: 'evaluation', error: event.error, hint: heldHint }),
              },
            ],
          },
          {
            guard: 'isEnding',
            target: 'deciding',
            actions: [
              'recordEvaluation',
              { type: 'recordFailedEnd', params: errorOf },
              { type: 'keepError', params: errorOf },
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
      on: {
        'trainer.stop': {
          target: 'deciding',
          actions: { type: 'noteCommand', params: ({ event }) => event },
        },
        'folder.lost': { target: 'deciding', actions: folderLost },
      },
    },
    checkpointing: {
      description:
        'Copies the state, memory to memory. Writing the copy goes on beside the training; of the last one it is waited for.',
      entry: 'recordCheckpointBegun',
      invoke: {
        id: 'takeCheckpoint',
        src: 'takeCheckpoint',
        input: ({ context }) => ({ step: context.step, last: context.ending !== null }),
        onDone: {
          target: 'deciding',
          actions: [
            'recordCheckpointTaken',
            sendTo('checkpointWriter', ({ context }) => ({ type: 'write', step: context.step })),
          ],
        },
        onError: [
          {
            guard: { type: 'isRecoverable', params: errorOf },
            target: 'deciding',
            actions: [
              'holdUnsaved',
              {
                type: 'report',
                params: ({ event }) => ({ what: 'checkpoint', error: event.error, hint: heldHint }),
              },
            ],
          },
          {
            guard: 'isEnding',
            target: 'deciding',
            actions: [
              { type: 'recordFailure', params: errorOf },
              { type: 'keepError', params: errorOf },
              { type: 'report', params: ({ event }) => ({ what: 'checkpoint', error: event.error }) },
            ],
          },
          {
            target: 'deciding',
            actions: { type: 'report', params: ({ event }) => ({ what: 'checkpoint', error: event.error }) },
          },
        ],
      },
    },
    paused: {
      description:
        'Holds until a command comes or somebody looks, also while nothing can be saved. Nothing runs.',
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
          actions: [
            { type: 'recordFailure', params: errorOf },
            { type: 'keepError', params: errorOf },
          ],
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
