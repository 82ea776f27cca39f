/** A worker's ear: commands of people, each answered by every worker, so that who asks knows when all have answered. */

import type { EndedPlace } from './endedLog.ts';
import type { Fleet } from './fleet.ts';
import {
  type FleetAnswer,
  type FleetCommand,
  fleetCommandSchema,
  longestMessage,
  readMessage,
} from './fleetMessages.ts';
import { describeTarget, isMeant } from './fleetTarget.ts';
import type { HeldRun } from './heldRun.ts';
import type { LogPart, LogWish } from './readLog.ts';

export interface CommandedWorker {
  readonly fleet: Fleet;
  readonly name: string;
  readonly held: ReadonlyMap<string, HeldRun>;
  /** Reads what is paused; resolves once it has taken effect. */
  readonly applyPauses: () => Promise<void>;
  /** Begins to end, as at SIGTERM. */
  readonly stop: () => void;
  /** The log of a run that has ended. @throws Error where it is not to be had here */
  readonly endedLog: (place: EndedPlace, wish: LogWish) => Promise<LogPart>;
}

/** Listens until closed, through every absence of the server. */
export async function listenToCommands(worker: CommandedWorker): Promise<{ close(): Promise<void> }> {
  const { fleet } = worker;
  const ear = fleet.redis.duplicate();
  ear.on('error', () => {});
  ear.on('message', (_channel: string, text: string) => {
    const command = readMessage(fleetCommandSchema, text);
    if (command) void carryOut(command, worker).catch(() => undefined);
  });
  await ear.subscribe(fleet.keys.commands, fleet.keys.commandsOf(worker.name));
  return {
    async close() {
      ear.disconnect();
    },
  };
}

async function carryOut(command: FleetCommand, worker: CommandedWorker): Promise<void> {
  const { fleet, name } = worker;
  const answer: FleetAnswer = { worker: name, runs: await answersOf(command, worker) };
  const text = JSON.stringify(answer);
  const short = text.length <= longestMessage ? text : JSON.stringify({ worker: name, runs: [] });
  await fleet.redis.publish(fleet.keys.answers(command.id), short);
}

type RunAnswer = FleetAnswer['runs'][number];

async function answersOf(
  { target, ask }: FleetCommand,
  { name, held, applyPauses, stop, endedLog }: CommandedWorker,
): Promise<FleetAnswer['runs']> {
  const meant = [...held.values()].filter(({ job }) => isMeant(target, job, name));
  if (ask.type === 'pause' || ask.type === 'resume') {
    await applyPauses();
    await Promise.all(meant.map((run) => run.look()));
    return meant.map((run) => ({ id: run.id, ok: true, said: describe(run) }));
  }
  if (ask.type === 'stop' && target.kind === 'worker') {
    if (target.worker === name) stop();
    return meant.map((run) => ({ id: run.id, ok: true, said: 'is given back' }));
  }
  if (ask.type === 'logs' && ask.ended && target.kind === 'run') {
    const place = { sweep: target.sweep, run: target.run, out: ask.ended.out };
    return [await answer(describeTarget(target), async () => said(await endedLog(place, ask)))];
  }
  return Promise.all(
    meant.map((run) =>
      answer(run.id, async () => {
        if (ask.type === 'logs') return said(await run.logs(ask));
        return { said: ask.type === 'perform' ? await run.perform(ask.command) : await stopped(run) };
      }),
    ),
  );
}

async function answer(id: string, act: () => Promise<Omit<RunAnswer, 'id' | 'ok'>>): Promise<RunAnswer> {
  try {
    return { id, ok: true, ...(await act()) };
  } catch (error) {
    return { id, ok: false, said: (error as Error).message };
  }
}

function said({ text, at }: LogPart) {
  return { said: text, at };
}

async function stopped(run: HeldRun): Promise<string> {
  await run.stop();
  return 'stops, saved';
}

function describe(run: HeldRun): string {
  if (run.hasEnded()) return 'has ended meanwhile';
  const { state, step } = run.record();
  return `${state} at step ${step}`;
}
