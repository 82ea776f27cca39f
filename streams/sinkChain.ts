/** One sink's own chain: its queue, its turns, its restarts after a failure, its end. Chains share nothing. */
import type { Log } from '../src/log.ts';
import { EventQueue } from './eventQueue.ts';
import type { MetricEvent } from './metricEvent.ts';
import type { RunInfo, SinkControl, SinkObject, SinkReport } from './sink.ts';
import { createSinkAccount } from './sinkAccount.ts';
import { type SinkLife, startSinkLife } from './sinkLife.ts';

export interface SinkChain {
  /** Queues an event and returns at once. */
  push(event: MetricEvent): void;
  /** Resolves once the sink has dealt with everything that was pushed before. */
  idle(): Promise<void>;
  /** Hands over what is queued and waits for the sink, but not beyond its deadline. Never rejects. */
  finish(): Promise<SinkReport>;
  report(): SinkReport;
}

const defaultQueueSize = 10_000;
const defaultFlushTimeoutMs = 5_000;
/** How much of a turn of the event loop a sink that works in this thread may use. */
const turnMs = 5;
/** The pause after a failure: doubled each time, until an event succeeds. */
const firstPauseMs = 50;
const longestPauseMs = 10_000;
/** How often a failing sink is started again once the run has ended. */
const finalRestarts = 3;

/** Attaches a sink; it receives events in turns of the event loop, never within {@link SinkChain.push}. */
export function createSinkChain(sink: SinkObject, run: RunInfo, log: Pick<Log, 'warn'>): SinkChain {
  const { name, queueSize = defaultQueueSize, flushTimeoutMs = defaultFlushTimeoutMs } = sink;
  const account = createSinkAccount(name, log);
  const queue = new EventQueue(queueSize);
  const deadline = new AbortController();
  let life: SinkLife | undefined;
  let config: MetricEvent | undefined;
  let hasConfig = false;
  let failures = 0;
  let restartsLeft = finalRestarts;
  let pause: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let report: Promise<SinkReport> | undefined;
  let finished: (() => void) | undefined;
  const idleWaiters: (() => void)[] = [];

  const control: SinkControl = {
    deadline: deadline.signal,
    lost(count, error) {
      account.takenBack(count);
      if (error !== undefined) account.failed(error);
    },
  };

  const wake = (): void => {
    if (pause === undefined) turn ??= setImmediate(drain);
  };

  const start = (): SinkLife => {
    let died = false;
    const started = startSinkLife(sink, run, control, {
      progressed: wake,
      valueFailed(error, late) {
        account.failed(error);
        if (late) account.takenBack(1);
      },
      died(error, pending) {
        died = true;
        life = undefined;
        account.failed(error);
        account.takenBack(pending);
        rest();
      },
    });
    hasConfig = false;
    if (!died) life = started;
    return started;
  };

  /** Waits before the next life; while the run ends there is no time for that, and few further lives. */
  const rest = (): void => {
    failures++;
    if (finished) {
      if (restartsLeft-- > 0) wake();
      else giveUp();
      return;
    }
    pause = setTimeout(
      () => {
        pause = undefined;
        wake();
      },
      Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1)),
    ).unref();
  };

  const handOver = (to: SinkLife, event: MetricEvent): void => {
    if (event === config) {
      // After a restart the configuration comes first, again; when it was still queued, it must not come twice.
      if (hasConfig) return;
      hasConfig = true;
    }
    if (to.deliver(event)) {
      account.delivered();
      failures = 0;
    } else account.dropped(1);
  };

  const drain = (): void => {
    turn = undefined;
    if (pause !== undefined) return;
    const current = life ?? start();
    const until = performance.now() + turnMs;
    for (let count = 1; current === life && current.observed && current.pending < queueSize; count++) {
      const event = config && !hasConfig ? config : queue.shift();
      if (event === undefined) break;
      handOver(current, event);
      if (count % 32 === 0 && performance.now() > until) {
        wake();
        break;
      }
    }
    if (current !== life) return;
    if (current.settled && !current.observed) queue.clear();
    if (queue.length === 0 && !current.busy) for (const resolve of idleWaiters.splice(0)) resolve();
    if (!finished || queue.length > 0) return;
    current.complete();
    if (current.settled && !current.busy) finished();
  };

  /** Counts everything that did not get through as lost. */
  const giveUp = (): void => {
    deadline.abort();
    account.dropped(queue.clear());
    if (life) account.takenBack(life.pending);
    life?.end();
    finished?.();
  };

  const finish = async (): Promise<SinkReport> => {
    const timer = setTimeout(() => {
      account.failed(new Error(`it did not finish within ${flushTimeoutMs} ms of the run's end`));
      giveUp();
    }, flushTimeoutMs);
    const done = new Promise<void>((resolve) => {
      finished = resolve;
    });
    clearTimeout(pause);
    pause = undefined;
    wake();
    await done;
    clearTimeout(timer);
    clearImmediate(turn);
    return account.report();
  };

  start();
  return {
    push(event) {
      if (event.kind === 'config') config = event;
      const dropped = queue.push(event);
      if (dropped > 0) {
        account.dropped(dropped);
        account.overflowed();
      }
      wake();
    },
    idle: () =>
      new Promise((resolve) => {
        idleWaiters.push(resolve);
        wake();
      }),
    finish() {
      report ??= finish();
      return report;
    },
    report: account.report,
  };
}
