/** `nerfstream fleet logs`: the end of a run's log, or all of it as it comes, from whoever has it. */
import type { FleetAnswers } from '../fleet/queue/askWorkers.ts';
import { checkKnown } from '../fleet/queue/checkKnown.ts';
import type { Fleet } from '../fleet/queue/fleet.ts';
import { endInFleet, followLog, logsInFleet } from '../fleet/queue/fleetLogs.ts';
import { describeTarget, type FleetTarget } from '../fleet/queue/fleetTarget.ts';
import { failedExitCode, reportError, UsageError } from './cliErrors.ts';
import { handleInterrupts } from './interrupts.ts';

export interface FleetLogsOptions {
  readonly lines: number;
  readonly timeoutMs: number;
  readonly json: boolean;
  readonly debug: boolean;
}

/**
 * @returns the exit code: 0 once something was shown, 1 where no worker answered and nothing lies anywhere
 * @throws QueueError where there is nothing of that name
 */
export async function printLogs(
  fleet: Fleet,
  target: FleetTarget,
  { lines, timeoutMs, json, debug }: FleetLogsOptions,
): Promise<number> {
  const answers = await logsInFleet(fleet, target, lines, timeoutMs);
  const name = describeTarget(target);
  if (answers.runs.length > 0 || target.kind !== 'run') {
    if (answers.runs.length === 0) await checkKnown(fleet, target);
    print(json, { command: 'logs', target: name, ...answers }, () => logsText(answers));
    if (answers.runs.length > 0) return answers.silent > 0 ? tellSilent(answers, debug) : 0;
    reportError({ message: `no worker has a run of ${name} now` }, debug);
    return failedExitCode;
  }
  const end = await endInFleet(fleet, target, { lines }, timeoutMs);
  if (end?.log) {
    const { worker, text } = end.log;
    const found = { id: name, worker: worker ?? null, state: end.state, ok: true, said: text };
    print(json, { command: 'logs', target: name, runs: [found] }, () => `== ${name}, ${end.said}\n${text}\n`);
    return 0;
  }
  if (!end) await checkKnown(fleet, target);
  reportError({ message: `no worker has ${name} now: ${end?.said ?? 'it is on its way'}` }, debug);
  return failedExitCode;
}

/** Ends with the run, or by an interrupt. @throws UsageError for anything but one run, QueueError for one that is not there */
export async function follow(
  fleet: Fleet,
  targets: readonly FleetTarget[],
  { lines, timeoutMs, json }: FleetLogsOptions,
): Promise<number> {
  const [target, second] = targets;
  if (json || second || target?.kind !== 'run')
    throw new UsageError('fleet logs --follow: say one run, SWEEP/RUN, without --json');
  const name = describeTarget(target);
  const interruption = new AbortController();
  const stopListening = handleInterrupts(
    () => interruption.abort(),
    () => {},
  );
  const end = await followLog(fleet, target, {
    ...{ lines, timeoutMs, signal: interruption.signal },
    onText: (text) => void process.stdout.write(text),
    onNote: (note) => void process.stderr.write(`${name}: ${note}\n`),
  });
  stopListening();
  if (interruption.signal.aborted) return 0;
  if (!end) await checkKnown(fleet, target);
  process.stderr.write(`${name}: ${end?.said ?? 'it was taken out of the queue'}\n`);
  return end?.state === 'completed' ? 0 : failedExitCode;
}

function logsText({ runs }: FleetAnswers): string {
  return runs.map(({ id, worker, said }) => `== ${id} on ${worker}\n${said}\n`).join('');
}

function tellSilent({ silent, workers }: FleetAnswers, debug: boolean): number {
  reportError({ message: `${silent} of ${workers} workers have not answered` }, debug);
  return failedExitCode;
}

function print(json: boolean, value: object, text: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
}
