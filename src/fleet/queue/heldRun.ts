/** A run that a worker has: how far it is, and what it is told. */
import { setTimeout as delay } from 'node:timers/promises';
import { definitionOf } from '../../../machines/commands.ts';
import type { RunStatus } from '../../../machines/runStatus.ts';
import { sendControl } from '../../cli/controlClient.ts';
import { runPaths } from '../../runFolder/runPaths.ts';
import type { RunJob } from '../runJob.ts';
import { type HeldRunRecord, longestTag, mostMetrics } from './fleetMessages.ts';
import { type LogPart, type LogWish, readLog } from './readLog.ts';
import type { SteeringCommand } from './steeringCommands.ts';

/** A run that begins has no ear yet: it is told again after this long. */
const retryMs = 100;
const answerMs = 60_000;
/** How long a stop is tried to be told. */
const stopMs = 60_000;
/** Evaluating all images of a large scene takes minutes. */
const performMs = 1_800_000;

export interface HeldRun {
  readonly id: string;
  readonly job: RunJob;
  /** Aborted once the run is to be given back. */
  readonly signal: AbortSignal;
  /** As it is shown to people. */
  record(): HeldRunRecord;
  /** Told by who carries it out: where its folder is, and what it does before and after the trainer. */
  at(folder: string): void;
  is(state: HeldRunRecord['state']): void;
  update(status: RunStatus): void;
  /** Holds or goes on, as soon as it can be told. @returns once it does, or the run has ended */
  setPaused(paused: boolean): Promise<void>;
  /** Asks the run how far it is, and records that. */
  look(): Promise<void>;
  /** Ends for good, as by `ctl stop`. @throws Error where it could not be told */
  stop(): Promise<void>;
  /** Has the trainer carry out a command. @returns what it says to that @throws Error where it could not be told, or refuses */
  perform(command: SteeringCommand): Promise<string>;
  /** The last lines of its log, or what is new in it. */
  logs(wish: LogWish): Promise<LogPart>;
  giveBack(): void;
  /** Nothing more is told to it. */
  end(): void;
  hasEnded(): boolean;
}

export function heldRun(id: string, job: RunJob, maxSteps: number): HeldRun {
  const given = new AbortController();
  const ended = new AbortController();
  let folder: string | undefined;
  let record: HeldRunRecord = { id, state: 'preparing', step: 0, maxSteps, stepsPerSecond: 0, metrics: {} };
  let seenMs = performance.now();
  let [wanted, applied] = [false, false];
  let telling: Promise<void> | undefined;

  const update = ({ state, step, maxSteps: limit, metrics }: RunStatus): void => {
    const now = performance.now();
    const rate = Math.max(0, (step - record.step) / ((now - seenMs) / 1000));
    // The first look would count the steps of earlier sessions.
    const stepsPerSecond = record.step === 0 ? 0 : rate;
    record = {
      ...record,
      ...{ state, step, maxSteps: limit, stepsPerSecond },
      metrics: shownMetrics(metrics),
    };
    seenMs = now;
  };
  const tell = async (command: 'pause' | 'resume' | 'stop'): Promise<boolean> => {
    if (folder === undefined) return false;
    const answer = await sendControl(folder, { type: `trainer.${command}` }, answerMs).catch(() => undefined);
    if (answer?.ok) update(answer.status);
    return answer?.ok ?? false;
  };
  const pause = () => delay(retryMs, undefined, { signal: ended.signal }).catch(() => undefined);
  const tellPauses = async (): Promise<void> => {
    while (!ended.signal.aborted && applied !== wanted) {
      const now = wanted;
      if (await tell(now ? 'pause' : 'resume')) applied = now;
      else await pause();
    }
  };
  return {
    id,
    job,
    signal: given.signal,
    record: () => record,
    at(place) {
      folder = place;
    },
    is(state) {
      record = { ...record, state, stepsPerSecond: 0 };
    },
    update,
    setPaused(paused) {
      wanted = paused;
      telling ??= tellPauses().finally(() => {
        telling = undefined;
      });
      return telling;
    },
    async look() {
      if (folder === undefined) return;
      const answer = await sendControl(folder, { type: 'status' }, answerMs).catch(() => undefined);
      if (answer?.ok) update(answer.status);
    },
    async stop() {
      const until = performance.now() + stopMs;
      while (!ended.signal.aborted) {
        if (await tell('stop')) return;
        if (performance.now() > until) throw new Error('it did not hear that it is to stop');
        await pause();
      }
    },
    async perform(command) {
      if (folder === undefined) throw new Error(`it does not train yet: ${record.state}`);
      const answer = await sendControl(folder, command, performMs);
      if (!answer.ok) throw new Error(answer.error);
      update(answer.status);
      return definitionOf(command).confirm(answer.status, command as never, undefined);
    },
    async logs(wish) {
      return folder === undefined ? { text: '', at: 0 } : readLog(runPaths(folder).log, wish);
    },
    giveBack: () => given.abort(),
    end: () => ended.abort(),
    hasEnded: () => ended.signal.aborted,
  };
}

/** Finite ones, without those of single images. */
function shownMetrics(metrics: RunStatus['metrics']): Record<string, number> {
  const shown = Object.entries(metrics).filter(
    (entry): entry is [string, number] =>
      typeof entry[1] === 'number' && entry[0].length <= longestTag && !entry[0].startsWith('eval/images/'),
  );
  return Object.fromEntries(shown.slice(0, mostMetrics));
}
