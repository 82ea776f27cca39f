/**
 * What each command does. A note changes what the machine remembers, whatever state it is in; `deciding` reads it at the next step
 * boundary. A task does its work at a step boundary, one piece a turn of the event loop, and returns its answer.
 */
import { ConfigError } from '../src/errors.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { completeCamera } from '../src/pipeline/renderCamera.ts';
import {
  type AnswerOf,
  type CommandOf,
  type NoteName,
  nameOf,
  type TaskName,
  type TrainerCommand,
} from './commands.ts';
import { type TrainerContext, withEvaluation } from './trainerContext.ts';

/** What a task may look at: the model as evaluations see it. */
export interface TaskSubject extends Pick<Pipeline, 'views' | 'render'> {
  /** Steps committed. */
  readonly step: number;
}

type Notes = {
  readonly [N in NoteName]: (context: TrainerContext, command: CommandOf<N>) => Partial<TrainerContext>;
};
type Tasks = {
  readonly [N in TaskName]: (subject: TaskSubject, command: CommandOf<N>) => Generator<unknown, AnswerOf<N>>;
};

const notes: Notes = {
  pause: () => ({ stepsLeft: 0 }),
  resume: (context) => ({ ...tryingAgain(context), stepsLeft: null }),
  stepOnce: (context) => ({ ...tryingAgain(context), stepsLeft: (context.stepsLeft ?? 0) + 1 }),
  checkpoint: () => ({ checkpointRequested: true, heldUnsaved: false }),
  evaluate: ({ evaluations }, { scope }) => ({ evaluations: withEvaluation(evaluations, scope) }),
  setLearningRate: ({ learningRateFactors }, { group, factor }) => ({
    learningRateFactors: { ...learningRateFactors, [group]: factor },
  }),
  /** Saves and leaves out what evaluations and tasks are waiting. For a run that is held it is the last try. */
  stop: ({ ending, heldUnsaved, endsUnsaved }, { reason }) => ({
    ending: ending === 'failed' ? ending : reason === 'interrupt' ? 'interrupted' : 'stopped',
    evaluations: [],
    tasks: [],
    checkpointRequested: true,
    heldUnsaved: false,
    endsUnsaved: endsUnsaved || heldUnsaved,
  }),
};

const tasks: Tasks = {
  *render(subject, { view, split = 'eval', camera, scale, outputs = ['rgb'], crop, background }) {
    if (!subject.render) throw new ConfigError('render: this pipeline cannot render images');
    const views = subject.views?.[split] ?? [];
    const from = camera ?? views[view ?? 0];
    if (!from)
      throw new ConfigError(
        `render: there is no view ${view}; of ${split} there are ${views.length}, from 0`,
      );
    const image = yield* subject.render({
      ...{ camera: completeCamera(from, scale), outputs },
      ...(crop && { crop }),
      ...(background && { background }),
    });
    return { ...image, step: subject.step };
  },
};

/** What the machine remembers after a command. */
export function afterCommand(context: TrainerContext, command: TrainerCommand): Partial<TrainerContext> {
  const note = (
    notes as Partial<Record<string, (context: TrainerContext, command: never) => Partial<TrainerContext>>>
  )[nameOf(command)];
  return note?.(context, command as never) ?? {};
}

/** The work of a task, piece by piece. */
export function startTask(
  subject: TaskSubject,
  command: CommandOf<TaskName>,
): Generator<unknown, AnswerOf<TaskName>> {
  const start = tasks[nameOf(command) as TaskName];
  return start(subject, command);
}

/** A command that wants the run to go on also wants what could not be saved to be saved. */
function tryingAgain({ heldUnsaved, checkpointRequested }: TrainerContext): Partial<TrainerContext> {
  return { heldUnsaved: false, checkpointRequested: checkpointRequested || heldUnsaved };
}
