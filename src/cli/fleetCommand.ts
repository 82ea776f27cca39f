/** `nerfstream fleet`: looks at a fleet, and tells its runs and workers what to do. */
import { setTimeout as delay } from 'node:timers/promises';
import { QueueError } from '../errors.ts';
import {
  type FleetAnswers,
  fleetStatus,
  logsInFleet,
  pauseFleet,
  resumeFleet,
  stopInFleet,
} from '../fleet/queue/commandFleet.ts';
import { type Fleet, openFleet } from '../fleet/queue/fleet.ts';
import { mostLogLines } from '../fleet/queue/fleetMessages.ts';
import { describeTarget, type FleetTarget, parseTarget } from '../fleet/queue/queuedRun.ts';
import { redisServer } from '../fleet/queue/redisServer.ts';
import { failedExitCode, reportError, UsageError } from './cliErrors.ts';
import { fleetTable } from './fleetTable.ts';
import { handleInterrupts } from './interrupts.ts';

export interface FleetCommandOptions {
  readonly redis?: string;
  readonly fleet?: string;
  readonly json?: boolean;
  readonly timeout: string;
  readonly lines: string;
  readonly debug?: boolean;
}

const words = ['status', 'watch', 'pause', 'resume', 'stop', 'logs'] as const;
type Word = (typeof words)[number];
const watchEveryMs = 1_000;

/** @returns the exit code: 0 once the command has taken effect, 1 where it has not everywhere */
export async function fleetCommand(
  given: string,
  targets: readonly string[],
  options: FleetCommandOptions,
): Promise<number> {
  const word = words.find((one) => one === given);
  if (!word) throw new UsageError(`unknown command "${given}"; commands: ${words.join(', ')}`);
  const looks = word === 'status' || word === 'watch';
  if (looks && targets.length > 0) throw new UsageError(`fleet ${word} takes no names`);
  if (!looks && targets.length === 0)
    throw new UsageError(`fleet ${word}: say what: all, SWEEP, SWEEP/RUN or worker:NAME`);
  const meant = targets.map(parseTarget);
  const fleet = await openFleet(redisServer(options.redis), options.fleet);
  try {
    if (word === 'status') return await printStatus(fleet, options);
    if (word === 'watch') return await watch(fleet, options);
    let code = 0;
    for (const target of meant) code = Math.max(code, await tell(fleet, word, target, options));
    return code;
  } finally {
    await fleet.close();
  }
}

async function printStatus(fleet: Fleet, { json }: FleetCommandOptions): Promise<number> {
  const status = await fleetStatus(fleet);
  process.stdout.write(json ? `${JSON.stringify(status)}\n` : fleetTable(status));
  return 0;
}

/** The table again and again on a terminal; elsewhere, and with --json, one after another. */
async function watch(fleet: Fleet, { json }: FleetCommandOptions): Promise<number> {
  const ended = new AbortController();
  const stopListening = handleInterrupts(
    () => ended.abort(),
    () => {},
  );
  const isTerminal = process.stdout.isTTY === true && !json;
  while (!ended.signal.aborted) {
    const status = await fleetStatus(fleet);
    const text = json ? `${JSON.stringify(status)}\n` : `${fleetTable(status)}${isTerminal ? '' : '\n'}`;
    process.stdout.write(isTerminal ? `\u001b[H\u001b[J${text}` : text);
    await delay(watchEveryMs, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  stopListening();
  return 0;
}

async function tell(
  fleet: Fleet,
  word: Exclude<Word, 'status' | 'watch'>,
  target: FleetTarget,
  { json, timeout, lines, debug = false }: FleetCommandOptions,
): Promise<number> {
  const timeoutMs = 1000 * numberOf('--timeout', timeout, Number.MAX_SAFE_INTEGER);
  const asked = {
    pause: () => pauseFleet(fleet, target, timeoutMs),
    resume: () => resumeFleet(fleet, target, timeoutMs),
    stop: () => stopInFleet(fleet, target, timeoutMs),
    logs: () => logsInFleet(fleet, target, numberOf('--lines', lines, mostLogLines), timeoutMs),
  };
  const answers: FleetAnswers & { readonly removed?: number } = await asked[word]();
  const name = describeTarget(target);
  if (json) process.stdout.write(`${JSON.stringify({ command: word, target: name, ...answers })}\n`);
  else process.stdout.write(word === 'logs' ? logsText(answers) : summaryText(word, name, answers));
  const nobody = word === 'logs' && answers.runs.length === 0;
  if (nobody) await explainNoLogs(fleet, target, debug);
  if (answers.silent > 0)
    reportError(
      {
        message: `${answers.silent} of ${answers.workers} workers have not answered within ${timeout} seconds`,
      },
      debug,
    );
  return nobody || answers.silent > 0 || answers.runs.some(({ ok }) => !ok) ? failedExitCode : 0;
}

function summaryText(
  word: 'pause' | 'resume' | 'stop',
  name: string,
  { runs, workers, removed = 0 }: FleetAnswers & { readonly removed?: number },
): string {
  const done = { pause: 'paused', resume: 'resumed', stop: 'stopped' }[word];
  const taken = removed > 0 ? `, ${removed} taken out of the queue` : '';
  const head = `${name}: ${runs.length} running runs ${done}${taken}; ${workers} workers heard it\n`;
  return head + runs.map(({ id, worker, said }) => `  ${id} on ${worker}: ${said}\n`).join('');
}

function logsText({ runs }: FleetAnswers): string {
  return runs.map(({ id, worker, said }) => `== ${id} on ${worker}\n${said}\n`).join('');
}

/** No worker has the run: what the queue knows of it is said instead. */
async function explainNoLogs(fleet: Fleet, target: FleetTarget, debug: boolean): Promise<void> {
  const name = describeTarget(target);
  const job = target.kind === 'run' ? await fleet.queue.getJob(name) : undefined;
  if (!job) return reportError({ message: `no worker has a run of ${name} now` }, debug);
  const state = await job.getState();
  const why =
    state === 'failed' ? `set aside after ${job.attemptsMade} attempts: ${job.failedReason}` : state;
  reportError({ message: `no worker has ${name} now: ${why}` }, debug);
}

function numberOf(option: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most && Number.isFinite(value)) return value;
  throw new QueueError(
    `${option} ${text}: expected a number above 0${most < 1e6 ? `, ${most} at most` : ''}`,
  );
}
