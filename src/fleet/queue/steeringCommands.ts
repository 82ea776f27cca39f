/** Commands of machines/commands.ts that make sense for many runs at once. (A fleet holds and ends runs in its own way: they may not have begun.) */
import {
  type CommandName,
  type CommandOf,
  commandOfEvent,
  commands,
  nameOf,
  type TrainerCommand,
} from '../../../machines/commands.ts';
import { ConfigError } from '../../errors.ts';

const steering = ['checkpoint', 'evaluate', 'setLearningRate'] as const satisfies readonly CommandName[];
export type SteeringName = (typeof steering)[number];
export type SteeringCommand = CommandOf<SteeringName>;

/** As people write them: as for `nerfstream ctl`. */
export const steeringWords: ReadonlyMap<string, SteeringName> = new Map(
  steering.map((name) => {
    const { ctl } = commands[name] as { readonly ctl?: { readonly word?: string } };
    return [ctl?.word ?? name, name] as const;
  }),
);

/** The command that a message is, its arguments checked; or what is wrong with it. */
export function steeringCommand(event: unknown): SteeringCommand | Error {
  try {
    const command = commandOfEvent(event);
    return isSteering(command) ? command : new ConfigError(`a fleet has no command ${nameOf(command)}`);
  } catch (error) {
    return error as Error;
  }
}

function isSteering(command: TrainerCommand): command is SteeringCommand {
  return steering.some((name) => name === nameOf(command));
}
