/** `nerfstream fleet`: looks at a fleet, and tells its runs and workers what to do. */
import { setTimeout as delay } from 'node:timers/promises';
import { commands } from '../../machines/commands.ts';
import { QueueError } from '../errors.ts';
import type { FleetAnswers } from '../fleet/queue/askWorkers.ts';
import {
  fleetStatus,
  pauseFleet,
  resumeFleet,
  steerFleet,
  stopInFleet,
} from '../fleet/queue/commandFleet.ts';
import { type Fleet, type FleetLine, openFleetLine, withQueue } from '../fleet/queue/fleet.ts';
import { mostLogLines } from '../fleet/queue/fleetMessages.ts';
import { describeTarget, type FleetTarget, parseTarget } from '../fleet/queue/fleetTarget.ts';
import { redisServer } from '../fleet/queue/redisServer.ts';
import {
  type SteeringCommand,
  type SteeringName,
  steeringCommand,
  steeringWords,
} from '../fleet/queue/steeringCommands.ts';
import { exitCodeOf, failedExitCode, reportError, reportThrown, UsageError } from './cliErrors.ts';
import { fleetTable } from './fleetTable.ts';
import { handleInterrupts } from './interrupts.ts';

export interface FleetCommandOptions {
  readonly redis?: string;
  readonly fleet?: string;
  readonly json?: boolean;
  readonly timeout: string;
  readonly lines: string;
  readonly follow?: boolean;
  /** Of evaluate: batch, image or all. */
  readonly scope?: string;
  /** Of metrics. */
  readonly host?: string;
  readonly port?: string;
  readonly debug?: boolean;
}

interface CtlSpelling {
  readonly ctl?: { readonly argument?: { readonly parse: (text: string | undefined) => object } };
}

const words = ['status', 'watch', 'metrics', 'pause', 'resume', 'stop', 'logs'] as const;
type Word = (typeof words)[number];
const watchEveryMs = 1_000;

/** @returns the exit code: 0 once the command has taken effect, 1 where it has not everywhere, 2 where there is nothing of a name */
export async function fleetCommand(
  word: string,
  given: readonly string[],
  options: FleetCommandOptions,
): Promise<number> {
  const steering = steeringWords.get(word);
  if (!steering && !isWord(word))
    throw new UsageError(
      `unknown command "${word}"; commands: ${[...words, ...steeringWords.keys()].join(', ')}`,
    );
  const looks = ['status', 'watch', 'metrics'].includes(word);
  if (looks && given.length > 0) throw new UsageError(`fleet ${word} takes no names`);
  const [names, command] = steering ? steeringOf(steering, given, options) : [given, undefined];
  if (!looks && names.length === 0)
    throw new UsageError(`fleet ${word}: say what: all, SWEEP, SWEEP/RUN or worker:NAME`);
  const meant = names.map(parseTarget);
  const timeoutMs = 1000 * numberOf('--timeout', options.timeout, Number.MAX_SAFE_INTEGER);
  const logs = {
    lines: numberOf('--lines', options.lines, mostLogLines),
    timeoutMs,
    json: options.json ?? false,
    debug: options.debug ?? false,
  };
  // What is only said to workers is on its way before anything else is read: a pause is to hold at once.
  const line = await openFleetLine(redisServer(options.redis), options.fleet);
  const forEach = async (act: (target: FleetTarget) => Promise<number>): Promise<number> => {
    let code = 0;
    for (const target of meant)
      try {
        code = Math.max(code, await act(target));
      } catch (error) {
        // Of several names a mistyped one keeps no other from being told.
        if (!(error instanceof QueueError)) throw error;
        code = Math.max(code, exitCodeOf(reportThrown(error, options.debug ?? false)));
      }
    return code;
  };
  try {
    if (word === 'status') return await printStatus(await withQueue(line), options);
    if (word === 'watch') return await watch(await withQueue(line), options);
    if (word === 'metrics') {
      const { serveFleetMetrics } = await import('./fleetMetrics.ts');
      return await serveFleetMetrics(await withQueue(line), options);
    }
    if (word === 'logs') {
      const { follow, printLogs } = await import('./fleetLogsCommand.ts');
      const fleet = await withQueue(line);
      if (options.follow) return await follow(fleet, meant, logs);
      return await forEach((target) => printLogs(fleet, target, logs));
    }
    const told = command ?? (word as Told);
    return await forEach((target) => tell(line, told, target, { ...options, timeoutMs }));
  } finally {
    await line.close();
  }
}

function isWord(word: string): word is Word {
  return (words as readonly string[]).includes(word);
}

/** Names and command: what `nerfstream ctl` has as an argument is the last of them, a scope is an option (`all` is a name). */
function steeringOf(
  name: SteeringName,
  given: readonly string[],
  { scope }: FleetCommandOptions,
): [names: readonly string[], command: SteeringCommand] {
  const { ctl } = commands[name] as CtlSpelling;
  if (name === 'evaluate') return [given, checked({ type: 'trainer.evaluate', scope: scope ?? 'all' })];
  if (!ctl?.argument) return [given, checked({ type: `trainer.${name}` })];
  return [given.slice(0, -1), checked({ type: `trainer.${name}`, ...ctl.argument.parse(given.at(-1)) })];
}

function checked(event: object): SteeringCommand {
  const command = steeringCommand(event);
  if (command instanceof Error) throw command;
  return command;
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
  line: FleetLine,
  told: Told | SteeringCommand,
  target: FleetTarget,
  { json, timeout, timeoutMs, debug = false }: FleetCommandOptions & { readonly timeoutMs: number },
): Promise<number> {
  const asked = {
    pause: () => pauseFleet(line, target, timeoutMs),
    resume: async () => resumeFleet(await withQueue(line), target, timeoutMs),
    stop: async () => stopInFleet(await withQueue(line), target, timeoutMs),
  };
  const isSteering = typeof told !== 'string';
  const answers: FleetAnswers & { readonly removed?: number } = isSteering
    ? await steerFleet(line, target, told, timeoutMs)
    : await asked[told]();
  const name = describeTarget(target);
  const command = isSteering ? told.type : told;
  if (json) process.stdout.write(`${JSON.stringify({ command, target: name, ...answers })}\n`);
  else process.stdout.write(summaryText(isSteering ? 'told' : done[told], name, answers));
  const nobody = isSteering && answers.runs.length === 0;
  if (nobody) reportError({ message: `no worker has a run of ${name} that trains now` }, debug);
  if (answers.silent > 0)
    reportError(
      {
        message: `${answers.silent} of ${answers.workers} workers have not answered within ${timeout} seconds`,
      },
      debug,
    );
  return nobody || answers.silent > 0 || answers.runs.some(({ ok }) => !ok) ? failedExitCode : 0;
}

const done = { pause: 'paused', resume: 'resumed', stop: 'stopped' };
type Told = keyof typeof done;

function summaryText(
  what: string,
  name: string,
  { runs, workers, removed = 0 }: FleetAnswers & { readonly removed?: number },
): string {
  const taken = removed > 0 ? `, ${removed} taken out of the queue` : '';
  const head = `${name}: ${runs.length} running runs ${what}${taken}; ${workers} workers heard it\n`;
  return head + runs.map(({ id, worker, said }) => `  ${id} on ${worker}: ${said}\n`).join('');
}

function numberOf(option: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most && Number.isFinite(value)) return value;
  throw new QueueError(
    `${option} ${text}: expected a number above 0${most < 1e6 ? `, ${most} at most` : ''}`,
  );
}
