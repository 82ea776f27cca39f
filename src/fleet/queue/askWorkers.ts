/** A command to the workers of a fleet, and what they say to it. */
import { randomUUID } from 'node:crypto';
import type { FleetLine } from './fleet.ts';
import {
  type FleetAnswer,
  type FleetAsk,
  type FleetCommand,
  fleetAnswerSchema,
  readMessage,
} from './fleetMessages.ts';
import type { FleetTarget } from './fleetTarget.ts';

/** What workers said to a command. */
export interface FleetAnswers {
  readonly runs: readonly (FleetAnswer['runs'][number] & { readonly worker: string })[];
  /** How many workers heard it, and how many of them did not answer in time. */
  readonly workers: number;
  readonly silent: number;
}

/**
 * Tells every worker, or one, and waits until all who heard it have answered.
 * @param worker the one that is told; it need not be there
 */
export async function askWorkers(
  fleet: FleetLine,
  target: FleetTarget,
  what: FleetAsk,
  timeoutMs: number,
  worker?: string,
): Promise<FleetAnswers> {
  const { redis, keys } = fleet;
  const command: FleetCommand = { id: randomUUID(), target, ask: what };
  const channel = worker === undefined ? keys.commands : keys.commandsOf(worker);
  const ear = redis.duplicate();
  ear.on('error', () => {});
  const answers: FleetAnswer[] = [];
  let heard = Number.POSITIVE_INFINITY;
  try {
    await ear.subscribe(keys.answers(command.id));
    const all = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      const look = () => {
        if (answers.length < heard) return;
        clearTimeout(timer);
        resolve();
      };
      ear.on('message', (_channel: string, text: string) => {
        const answer = readMessage(fleetAnswerSchema, text);
        if (answer) answers.push(answer);
        look();
      });
      void redis.publish(channel, JSON.stringify(command)).then((count) => {
        heard = count;
        look();
      }, resolve);
    });
    await all;
  } finally {
    ear.disconnect();
  }
  const workers = Number.isFinite(heard) ? heard : 0;
  return {
    runs: answers.flatMap(({ worker, runs }) => runs.map((run) => ({ ...run, worker }))),
    workers,
    silent: workers - answers.length,
  };
}
