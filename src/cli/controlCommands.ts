/** Carries out control requests on a running trainer, and says when each has taken effect. */
import { filter, firstValueFrom, Observable, takeUntil } from 'rxjs';
import { definitionOf, isTask, type TrainerCommand } from '../../machines/commands.ts';
import type { RunStatus, TrainerState } from '../../machines/runStatus.ts';
import type { TrainerStatus } from '../../machines/trainer.ts';
import type { ControlHandler } from './controlServer.ts';

/** What the commands act on. */
export interface ControlTarget {
  /** Emits the current status at once, then every change; completes when the run has ended. */
  readonly status$: Observable<TrainerStatus>;
  /** Gives the command to the trainer; rejects if it is not taken on. @returns the answer of a task */
  perform(command: TrainerCommand): Promise<unknown>;
}

/**
 * Handles requests: gives the command to the trainer and answers with the first status that shows its effect.
 * A run that ends first, or a client that goes away, ends the wait.
 */
export function controlCommands({ status$, perform }: ControlTarget): ControlHandler {
  return async (request, connection) => {
    if (request.type === 'status') return { ok: true, status: await statusWithNumbers(status$) };
    const before = await firstValueFrom(status$);
    // Subscribed before the command is given: an effect that comes at once is not missed.
    const confirmed = firstValueFrom(
      effectOf(request, before, status$).pipe(takeUntil(aborted(connection))),
      { defaultValue: undefined },
    );
    const answer = await perform(request);
    const status = await confirmed;
    if (status === undefined) return { ok: false, error: 'the run ended before the command took effect' };
    return { ok: true, status: controlStatusOf(status), ...(isTask(request) && { answer }) };
  };
}

/** A run that nobody listens to reads no numbers: asking it makes the next step read them. */
async function statusWithNumbers(status$: Observable<TrainerStatus>): Promise<RunStatus> {
  const hasNumbers = ({ state, metrics }: TrainerStatus) =>
    state !== 'training' || Object.keys(metrics).length > 0;
  return controlStatusOf(await firstValueFrom(status$.pipe(filter(hasNumbers))));
}

/** The statuses that show the command's effect. */
function effectOf(
  command: TrainerCommand,
  before: TrainerStatus,
  status$: Observable<TrainerStatus>,
): Observable<TrainerStatus> {
  const { tookEffect } = definitionOf(command);
  const states = new Set<TrainerState>();
  const plainBefore = controlStatusOf(before);
  return status$.pipe(
    filter((now) => tookEffect(controlStatusOf(now), { before: plainBefore, states: states.add(now.state) })),
  );
}

function aborted(signal: AbortSignal): Observable<unknown> {
  return new Observable((subscriber) => {
    const onAbort = () => subscriber.next(undefined);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
}

/** The status without camera poses and pixels; non-finite numbers as text, because JSON has none. */
function controlStatusOf(status: TrainerStatus): RunStatus {
  const { state, step, maxSteps, trainSeconds, metrics, learningRates, checkpoint } = status;
  const values = Object.entries(metrics).map(([tag, value]) => [
    tag,
    Number.isFinite(value) ? value : String(value),
  ]);
  return {
    state,
    step,
    maxSteps,
    trainSeconds,
    metrics: Object.fromEntries(values),
    learningRates: { ...learningRates },
    ...(checkpoint !== undefined && { checkpoint }),
  };
}
