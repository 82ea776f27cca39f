/** What there is to say about a command: its arguments, its help, and how one sees that it took effect. */
import type { z } from 'zod';
import type { RunStatus, TrainerState } from './runStatus.ts';

/** What all commands have. */
export interface CommandDefinition<
  Arguments extends z.ZodObject,
  Given extends readonly unknown[],
  Answer = undefined,
> {
  /** What it does, in a few words: the help of `ctl`. */
  readonly summary: string;
  /** By name; what `describe` says of each is shown in the help. */
  readonly arguments: Arguments;
  /** The arguments of the Trainer's method, as the command has them. */
  readonly method: (...given: Given) => z.input<Arguments>;
  /** What only the run can know of the arguments: says what is wrong with them. */
  readonly check?: (given: z.output<Arguments>, run: RunFacts) => string | undefined;
  /** Whether the status shows that the command took effect. */
  readonly tookEffect: (now: RunStatus, since: Since) => boolean;
  /** The sentence that `ctl` prints then. */
  readonly confirm: (now: RunStatus, given: z.output<Arguments>, answer: Answer) => string;
  /** How `ctl` spells it, if not `NAME --argument VALUE`. */
  readonly ctl?: CtlSpelling;
}

/** A task is carried out between two steps, also while the run is paused, and answers. */
export interface TaskDefinition<Arguments extends z.ZodObject, Given extends readonly unknown[], Answer>
  extends CommandDefinition<Arguments, Given, Answer> {
  /** What it answers: plain data. */
  readonly answer: z.ZodType<Answer>;
}

export interface CtlSpelling {
  /** Instead of the command's name. */
  readonly word?: string;
  /** The answer is a picture: `ctl` asks for a file that it goes into. */
  readonly picture?: true;
  /** All arguments in one word without a name: how the help shows it, and what it means. */
  readonly argument?: { readonly shown: string; readonly parse: (text: string | undefined) => object };
}

/** What has happened since a command was given. */
export interface Since {
  /** The status when it was given. */
  readonly before: RunStatus;
  /** The states that were seen since. */
  readonly states: ReadonlySet<TrainerState>;
}

/** What is known of a run when its commands are checked. */
export interface RunFacts {
  /** Names of the parameter groups. */
  readonly groups: readonly string[];
}

/** An entry of the list: a note is written into the machine's context, and honoured at the next step boundary. */
export function note<Arguments extends z.ZodObject, Given extends readonly unknown[]>(
  definition: CommandDefinition<Arguments, Given>,
): CommandDefinition<Arguments, Given> {
  return definition;
}

/** An entry of the list: a task, with its answer. */
export function task<Arguments extends z.ZodObject, Given extends readonly unknown[], Answer>(
  definition: TaskDefinition<Arguments, Given, Answer>,
): TaskDefinition<Arguments, Given, Answer> {
  return definition;
}
