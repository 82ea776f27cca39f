/**
 * What can be asked of a running training, said once: the machine's events, the Trainer's methods, the messages between threads, the
 * control socket, and `nerfstream ctl` with its help are derived from this list. What each command does is in commandActions.ts.
 * Nothing of XState or Node.js in here: a browser page can use it, too.
 */
import { z } from 'zod';
import { ConfigError } from '../src/errors.ts';
import { type EvaluationScope, evaluationScopes, type RenderedImage } from '../src/pipeline/pipeline.ts';
import { renderBackground, renderCamera, renderCrop } from '../src/pipeline/renderCamera.ts';
import { type CommandDefinition, note, type RunFacts, task } from './commandDefinition.ts';
import { isEnding } from './runStatus.ts';

/** Why a run is asked to end: by choice, or by a signal. */
const stopReasons = ['stop', 'interrupt'] as const;
export type StopReason = (typeof stopReasons)[number];

const splits = ['train', 'eval'] as const;
const none = z.strictObject({});

const renderArguments = z
  .strictObject({
    view: z
      .int('must be a whole number')
      .min(0, 'must be 0 or more')
      .optional()
      .describe('number of the view, from 0'),
    split: z
      .enum(splits, `must be ${oneOf(splits)}`)
      .optional()
      .describe('whether it is a held-out view (eval, the default) or one of training'),
    camera: renderCamera.optional().describe('instead of a view: a camera anywhere, as JSON'),
    scale: z
      .number('must be a number')
      .positive('must be above 0')
      .max(16, 'must be 16 or less')
      .optional()
      .describe('of the size of the image: 0.5 is half of each side'),
    outputs: z
      .array(z.string(), 'must be a list of names')
      .min(1, 'names no output')
      .readonly()
      .optional()
      .describe(
        'rgb (default), depth, accumulation, normals, and what else the model has; several with commas',
      ),
    crop: renderCrop
      .optional()
      .describe("what alone is shown, as JSON: 12 numbers, from the model's coordinates to the box [-1, 1]³"),
    background: renderBackground
      .optional()
      .describe("red, green, blue, each 0 to 1, behind the scene (default: the run's)"),
  })
  .refine(({ view, camera }) => (view === undefined) !== (camera === undefined), 'needs a view or a camera');
/** What to render: a view of the data set or a camera of one's own. */
export type RenderArguments = z.input<typeof renderArguments>;

export const commands = {
  /** Holds at the boundary of the step that is being computed. */
  pause: note({
    summary: 'finishes the step and holds',
    arguments: none,
    method: () => ({}),
    tookEffect: ({ state }) => state === 'paused',
    confirm: ({ step }) => `paused at step ${step}`,
  }),
  /** Goes on after a pause; saves first what could not be saved before. */
  resume: note({
    summary: 'goes on after a pause',
    arguments: none,
    method: () => ({}),
    tookEffect: ({ state }) => !['paused', 'serving'].includes(state) && !isEnding(state),
    confirm: ({ state, step }) => `${state} from step ${step}`,
  }),
  /** Makes one step and holds after it. Two calls make two steps. */
  stepOnce: note({
    summary: 'trains one step and pauses',
    arguments: none,
    method: () => ({}),
    tookEffect: ({ state, step }, { before }) => state === 'paused' && step > before.step,
    confirm: ({ step }) => `paused at step ${step}`,
    ctl: { word: 'step' },
  }),
  /** Saves at the next step boundary. */
  checkpoint: note({
    summary: 'saves a checkpoint',
    arguments: none,
    method: () => ({}),
    tookEffect: ({ checkpoint }, { before }) => stepOf(checkpoint) >= before.step,
    confirm: ({ checkpoint }) => `saved ${checkpoint}`,
  }),
  /** Evaluates held-out rays or images at the next step boundary. */
  evaluate: note({
    summary: 'evaluates a batch of held-out rays, one image, or all (default)',
    arguments: z.strictObject({
      scope: z.enum(evaluationScopes, `must be ${oneOf(evaluationScopes)}`),
    }),
    method: (scope: EvaluationScope) => ({ scope }),
    tookEffect: ({ state }, { states }) => states.has('evaluating') && state !== 'evaluating',
    confirm: ({ step, metrics }, { scope }) => {
      const psnr = metrics[scope === 'batch' ? 'eval/batch/psnr' : 'eval/psnr'];
      return `evaluated at step ${step}${typeof psnr === 'number' ? `: PSNR ${psnr.toFixed(2)} dB` : ''}`;
    },
    ctl: { argument: { shown: 'batch|image|all', parse: (scope = 'all') => ({ scope }) } },
  }),
  /** Multiplies a group's scheduled learning rate from the next step on. @throws ConfigError for an unknown group or a factor that is not positive */
  setLearningRate: note({
    summary: "multiplies a group's scheduled learning rate",
    arguments: z.strictObject({
      group: z.string('must be the name of a parameter group'),
      factor: z.number('must be a positive number').positive('must be a positive number'),
    }),
    method: (group: string, factor: number) => ({ group, factor }),
    check: ({ group }, { groups }) =>
      groups.includes(group)
        ? undefined
        : `there is no parameter group ${group}; groups: ${groups.join(', ')}`,
    tookEffect: () => true,
    confirm: (_, { group, factor }) => `learning rate of ${group} times ${factor} from the next step on`,
    ctl: { word: 'set', argument: { shown: 'learningRate.GROUP=FACTOR', parse: parseSetting } },
  }),
  /** Finishes the step, saves, and ends; `interrupt` says that a signal asked for it. */
  stop: note({
    summary: 'finishes the step, saves, and ends the run',
    arguments: z.strictObject({
      reason: z
        .enum(stopReasons, `must be ${oneOf(stopReasons)}`)
        .optional()
        .describe('interrupt: end as after a signal, with exit code 130'),
    }),
    method: (reason: StopReason = 'stop') => ({ reason }),
    tookEffect: ({ state }) => isEnding(state),
    confirm: ({ step }) => `stopping at step ${step}`,
  }),
  /**
   * Renders an image at the next step boundary, also while paused; nothing that is trained changes by it.
   * Rejects with ConfigError for a view or output that does not exist; the training goes on, whatever goes wrong with the rendering.
   */
  render: task({
    summary: 'renders a view into FILE (PNG)',
    arguments: renderArguments,
    method: (request: RenderArguments) => request,
    tookEffect: () => true,
    confirm: (_, { view }, { step }) =>
      `rendered ${view === undefined ? 'an image' : `view ${view}`} at step ${step}`,
    answer: z.custom<RenderedImage & { readonly step: number }>(),
    ctl: { picture: true },
  }),
};

type Commands = typeof commands;
export type CommandName = keyof Commands;
/** Commands that answer. */
export type TaskName = {
  [N in CommandName]: Commands[N] extends { answer: z.ZodType } ? N : never;
}[CommandName];
export type NoteName = Exclude<CommandName, TaskName>;

/** A command as plain data: `{ type: 'trainer.evaluate', scope: 'all' }`. It is an event of the machine, and goes through threads and sockets. */
export type CommandOf<N extends CommandName> = {
  [K in N]: { readonly type: `trainer.${K}` } & Given<z.output<Commands[K]['arguments']>>;
}[N];
export type TrainerCommand = CommandOf<CommandName>;
/** Zod gives an empty object every key. */
type Given<Arguments> = string extends keyof Arguments ? unknown : Readonly<Arguments>;
export type AnswerOf<N extends CommandName> = Commands[N] extends { answer: z.ZodType<infer Answer> }
  ? Answer
  : never;

/** One method for each command: a note returns at once, a task promises its answer. Bad arguments throw ConfigError. */
export type TrainerMethods = {
  readonly [N in CommandName]: (
    ...given: Parameters<Commands[N]['method']>
  ) => N extends TaskName ? Promise<AnswerOf<N>> : void;
};

export const commandNames = Object.keys(commands) as readonly CommandName[];

/** @throws ConfigError for a name that is no command's, or arguments that are not the command's */
export function commandOf(name: string, given: unknown): TrainerCommand {
  const known = commandNames.find((candidate) => candidate === name);
  if (known === undefined)
    throw new ConfigError(`unknown command "${name}"; commands: ${commandNames.join(', ')}`);
  const parsed = commands[known].arguments.safeParse(given);
  if (parsed.success) return { ...parsed.data, type: `trainer.${known}` } as TrainerCommand;
  throw new ConfigError(`${known}: ${explain(parsed.error.issues[0])}`, { path: known });
}

/** The command that an event or a message is, whatever it is. @throws ConfigError if it is none */
export function commandOfEvent(event: unknown): TrainerCommand {
  const { type, ...given } = Object(event) as { readonly type?: unknown };
  return commandOf(/^trainer\.(.+)$/s.exec(String(type))?.[1] ?? String(type), given);
}

/** Checks what only the run can know. @throws ConfigError that says what is wrong with the command */
export function checkCommand(command: TrainerCommand, run: RunFacts): void {
  const wrong = definitionOf(command).check?.(command as never, run);
  if (wrong !== undefined) throw new ConfigError(wrong, { path: nameOf(command) });
}

/** The name of a command's kind, as it stands in the list. */
export function nameOf({ type }: TrainerCommand): CommandName {
  return type.slice('trainer.'.length) as CommandName;
}

type AnyDefinition = CommandDefinition<z.ZodObject, readonly never[], unknown> & {
  readonly answer?: z.ZodType;
};

/** What the list says of a command, whichever it is. */
export function definitionOf(command: TrainerCommand): AnyDefinition {
  return commands[nameOf(command)] as AnyDefinition;
}

export function isTask(command: TrainerCommand): command is CommandOf<TaskName> {
  return 'answer' in commands[nameOf(command)];
}

function explain(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'cannot be understood';
  if (issue.code === 'unrecognized_keys') return `has no argument ${issue.keys.join(', ')}`;
  return [...issue.path.map(String), issue.message].join(issue.path.length > 0 ? ' ' : '');
}

/** The step in a checkpoint's file name, -1 without one. */
function stepOf(checkpoint: string | undefined): number {
  return Number(/step-(\d+)\.ckpt$/.exec(checkpoint ?? '')?.[1] ?? -1);
}

function parseSetting(text: string | undefined): object {
  const [, group, factor] = /^learningRate\.([^=]+)=(.+)$/.exec(text ?? '') ?? [];
  if (group === undefined || !(Number(factor) > 0) || !Number.isFinite(Number(factor)))
    throw new ConfigError(
      'set expects learningRate.GROUP=FACTOR with a factor above 0, for example learningRate.encoding=0.5',
    );
  return { group, factor: Number(factor) };
}

/** "a, b or c" */
function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
