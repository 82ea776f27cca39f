/** The sink through which a trainer's thread hands its metrics to the main thread, as fast as that thread takes them. */
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { SinkDefinition } from '../../streams/sink.ts';

export interface MainThreadSink {
  readonly sink: SinkDefinition;
  /** The main thread has taken the batch that was sent last. */
  handled(): void;
}

/**
 * One batch is under way at a time; what happens meanwhile waits in the sink's queue. A main thread that stands still
 * costs metrics, which are counted, but neither memory nor training time.
 *
 * @param send gives a batch to the main thread, which answers with `handled`
 */
export function mainThreadSink(send: (events: readonly MetricEvent[]) => void): MainThreadSink {
  let acknowledge = (): void => {};
  return {
    sink: {
      name: 'main thread',
      batch: { everyMs: 0 },
      flushTimeoutMs: 10_000,
      write: (events) =>
        new Promise((resolve) => {
          acknowledge = resolve;
          send(events);
        }),
    },
    handled: () => acknowledge(),
  };
}
