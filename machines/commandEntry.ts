/** The one place where commands enter a run: checked, whoever gives them and however. */
import type { Log } from '../src/log.ts';
import {
  checkCommand,
  commandNames,
  commandOfEvent,
  commands,
  isTask,
  type TrainerCommand,
  type TrainerMethods,
} from './commands.ts';
import type { TaskDesk } from './taskDesk.ts';
import type { TrainerEvent } from './trainerEvents.ts';
import type { TrainerActor } from './trainerMachine.ts';

export interface CommandEntry {
  /** A method for each command. */
  readonly methods: TrainerMethods;
  /**
   * Gives the run a command, whatever was made of it: a note resolves at once, a task with its answer. After the run's end a note
   * does nothing, and a task rejects with CommandError.
   * @throws ConfigError for what is no command, or a wrong one
   */
  perform(command: unknown): Promise<unknown>;
  /** For the run's own parts: tells the machine a fact, unless the run has ended. */
  tell(event: TrainerEvent): void;
}

export interface CommandEntryOptions {
  /** Names of the run's parameter groups. */
  readonly groups: readonly string[];
  readonly tasks: TaskDesk;
  readonly log: Log;
}

/**
 * Opens the entry, and puts it before the actor's own: what users send to the machine is checked, too, and reported and left out if
 * it is no command. What the machine's own actors tell it does not come this way.
 */
export function openCommandEntry(
  actor: TrainerActor,
  { groups, tasks, log }: CommandEntryOptions,
): CommandEntry {
  const enter = actor.send;
  const tell = (event: TrainerEvent): void => {
    if (actor.getSnapshot().status === 'active') enter(event);
  };
  const take = (command: TrainerCommand): Promise<unknown> => {
    if (isTask(command)) return tasks.request(command, tell);
    tell(command);
    return Promise.resolve();
  };
  const perform = (given: unknown): Promise<unknown> => {
    const command = commandOfEvent(given);
    checkCommand(command, { groups });
    return take(command);
  };
  const refuse = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ err: error }, `a command was left out: ${reason}`);
  };
  actor.send = (event) => {
    try {
      perform(event).catch(refuse);
    } catch (error) {
      refuse(error);
    }
  };
  return { perform, tell, methods: methodsOf(perform) };
}

function methodsOf(perform: CommandEntry['perform']): TrainerMethods {
  const methods = commandNames.map((name) => {
    const argumentsOf = commands[name].method as (...given: unknown[]) => object;
    const method = (...given: unknown[]): Promise<unknown> | undefined => {
      const answer = perform({ ...argumentsOf(...given), type: `trainer.${name}` });
      return 'answer' in commands[name] ? answer : undefined;
    };
    return [name, method];
  });
  return Object.fromEntries(methods) as TrainerMethods;
}
