/** Gives every sink a queue of its own, so that none of them can hold up or break the training or another sink. */
import type { Observable } from 'rxjs';
import type { Log } from '../src/log.ts';
import type { TimePhase } from '../src/pipeline/pipeline.ts';
import { untimed } from '../src/profile/phaseClock.ts';
import type { MetricEvent } from './metricEvent.ts';
import { RunningSink } from './runningSink.ts';
import type { RunInfo, Sink, SinkObject, SinkReport } from './sink.ts';

/** The sinks of a run. */
export interface AttachedSinks {
  /** What became of each sink so far, in the order they were given. */
  reports(): SinkReport[];
  /**
   * Ends the streams and waits for every sink, at most its `flushTimeoutMs`; then says what became of each. Called when
   * the run ends; a metric stream that completes has the same effect. Never rejects.
   */
  done(): Promise<SinkReport[]>;
  /** Cuts every sink off at once; what it has not dealt with is lost. For a run that may not write any more. */
  abandon(): SinkReport[];
}

export interface AttachSinksOptions {
  readonly log: Pick<Log, 'warn'>;
  /** Runs the turns of each sink, by its name: for who wants to know how long they take in this thread. */
  readonly time?: TimePhase;
}

/**
 * Attaches sinks to the metric stream.
 *
 * - Timing: events are handed over in turns of the event loop of their own, in order; emitting only queues them.
 * - Back-pressure: a sink that is busy is waited for, in its own queue (`queueSize` events; the oldest are dropped and
 *   counted). Busy is: an inner Observable of concatMap and the like, or a promise of an asynchronous observer, goes on.
 * - Errors: an error loses the events concerned, which is counted, and is said once in the log. An observer that throws
 *   goes on with the next event; a chain that dies is attached anew after a pause, which grows. Nothing reaches the stream.
 * - Ownership: none of the sinks' resources; sinks release them when their stream ends.
 *
 * @example const sinks = attachSinks(metrics$, [jsonlSink(), (events$) => events$.pipe(tap(show))], run, { log });
 */
export function attachSinks(
  metrics$: Observable<MetricEvent>,
  sinks: readonly Sink[],
  run: RunInfo,
  { log, time = untimed }: AttachSinksOptions,
): AttachedSinks {
  const running = sinks.map((sink, index) => new RunningSink(named(sink, index), run, log, time));
  let finishing: Promise<SinkReport[]> | undefined;
  const done = (): Promise<SinkReport[]> => {
    subscription.unsubscribe();
    finishing ??= Promise.all(running.map((sink) => sink.finish()));
    return finishing;
  };
  const finish = (): void => {
    queueMicrotask(done);
  };
  const subscription = metrics$.subscribe({
    next(event) {
      for (const sink of running) sink.push(event);
    },
    error: finish,
    complete: finish,
  });
  const abandon = (): SinkReport[] => {
    subscription.unsubscribe();
    return running.map((sink) => sink.abandon());
  };
  return { abandon, reports: () => running.map((sink) => sink.report()), done };
}

/** A function's own name serves as the sink's. */
function named(sink: Sink, index: number): SinkObject {
  return typeof sink === 'function' ? { name: sink.name || `sink ${index + 1}`, attach: sink } : sink;
}
