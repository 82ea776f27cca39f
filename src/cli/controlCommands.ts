/** Carries out control requests on a running trainer, and says when each has taken effect. */
import { filter, firstValueFrom, Observable, skipWhile, take, takeUntil } from 'rxjs';
import type { TrainerState, TrainerStatus } from '../../machines/trainer.ts';
import type { ControlRequest, ControlResponse } from './controlProtocol.ts';
import type { ControlHandler } from './controlServer.ts';
import { controlStatusOf } from './controlStatusOf.ts';
import type { ToTrainer } from './threadMessages.ts';

/** What the commands act on. */
export interface ControlTarget {
  /** Emits the current status at once, then every change; completes when the run has ended. */
  readonly status$: Observable<TrainerStatus>;
  readonly groups: readonly string[];
  send(message: ToTrainer): void;
}

/**
 * Handles requests: sends the command to the trainer and answers with the first status that shows its effect.
 * A run that ends first, or a client that goes away, ends the wait.
 */
export function controlCommands({ status$, groups, send }: ControlTarget): ControlHandler {
  return async (request, connection) => {
    const before = await firstValueFrom(status$);
    if (request.command === 'setLearningRate' && !groups.includes(request.group))
      return {
        ok: false,
        error: `there is no parameter group "${request.group}"; groups: ${groups.join(', ')}`,
      };
    const effect = effectOf(request, before, status$);
    // Subscribed before the command is sent: an effect that comes at once is not missed.
    const confirmed = firstValueFrom(effect.pipe(take(1), takeUntil(aborted(connection))), {
      defaultValue: undefined,
    });
    const message = messageFor(request);
    if (message !== undefined) send(message);
    const status = await confirmed;
    if (status === undefined) return { ok: false, error: 'the run ended before the command took effect' };
    return { ok: true, status: controlStatusOf(status) } satisfies ControlResponse;
  };
}

function messageFor(request: ControlRequest): ToTrainer | undefined {
  switch (request.command) {
    case 'status':
      return undefined;
    case 'step':
      return { type: 'stepOnce' };
    case 'evaluate':
      return { type: 'evaluate', scope: request.scope };
    case 'setLearningRate':
      return { type: 'setLearningRate', group: request.group, factor: request.factor };
    case 'stop':
      return { type: 'stop', interrupted: false };
    default:
      return { type: request.command };
  }
}

const endStates: ReadonlySet<TrainerState> = new Set(['finishing', 'completed', 'stopped', 'failed']);

/** The statuses from the first one on that shows the request's effect. */
function effectOf(
  request: ControlRequest,
  before: TrainerStatus,
  status$: Observable<TrainerStatus>,
): Observable<TrainerStatus> {
  const whileRunning = status$.pipe(filter(({ state }) => !endStates.has(state)));
  switch (request.command) {
    case 'status':
    case 'setLearningRate':
      return status$;
    case 'pause':
      return whileRunning.pipe(filter(({ state }) => state === 'paused'));
    case 'resume':
      return whileRunning.pipe(filter(({ state }) => state !== 'paused'));
    case 'step':
      return whileRunning.pipe(filter(({ state, step }) => state === 'paused' && step > before.step));
    case 'checkpoint':
      return status$.pipe(filter(({ checkpoint }) => stepOf(checkpoint) >= before.step));
    case 'evaluate':
      return status$.pipe(
        skipWhile(({ state }) => state !== 'evaluating'),
        filter(({ state }) => state !== 'evaluating'),
      );
    case 'stop':
      return status$.pipe(filter(({ state }) => endStates.has(state)));
  }
}

/** The step in a checkpoint's file name, -1 without one. */
function stepOf(checkpoint: string | undefined): number {
  return Number(/step-(\d+)\.ckpt$/.exec(checkpoint ?? '')?.[1] ?? -1);
}

function aborted(signal: AbortSignal): Observable<unknown> {
  return new Observable((subscriber) => {
    const onAbort = () => subscriber.next(undefined);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
}
