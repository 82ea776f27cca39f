/** One sink of a run: its queue, its account, its end. Sinks share nothing. */
import type { Log } from '../src/log.ts';
import type { TimePhase } from '../src/pipeline/pipeline.ts';
import { untimed } from '../src/profile/phaseClock.ts';
import { consumeBatches } from './consumeBatches.ts';
import { consumeStream } from './consumeStream.ts';
import { EventQueue } from './eventQueue.ts';
import type { MetricEvent } from './metricEvent.ts';
import { isRollback } from './rollback.ts';
import type { RunInfo, SinkObject, SinkReport } from './sink.ts';
import { SinkAccount } from './sinkAccount.ts';
import type { SinkConsumer } from './sinkConsumer.ts';

const defaultQueueSize = 10_000;
const defaultFlushTimeoutMs = 5_000;

export class RunningSink {
  readonly #flushTimeoutMs: number;
  readonly #queue: EventQueue;
  readonly #account: SinkAccount;
  readonly #consumer: SinkConsumer;
  readonly #takes: ((event: MetricEvent) => boolean) | undefined;
  readonly #forgets: boolean;
  readonly #deadline = new AbortController();
  #finishing: Promise<SinkReport> | undefined;

  /** @param time runs the turns of the sink, by its name */
  constructor(sink: SinkObject, run: RunInfo, log: Pick<Log, 'warn'>, time: TimePhase = untimed) {
    this.#flushTimeoutMs = sink.flushTimeoutMs ?? defaultFlushTimeoutMs;
    this.#queue = new EventQueue(sink.queueSize ?? defaultQueueSize);
    this.#account = new SinkAccount(sink.name, log);
    const supply = {
      run,
      queue: this.#queue,
      account: this.#account,
      deadline: this.#deadline.signal,
      timed: <T>(work: () => T): T => time(sink.name, work),
    };
    this.#takes = 'write' in sink ? sink.takes : undefined;
    this.#forgets = 'write' in sink && sink.forget !== undefined;
    this.#consumer = 'write' in sink ? consumeBatches(sink, supply) : consumeStream(sink, supply);
  }

  /** Queues an event and returns at once; the sink gets it in a later turn of the event loop. Never throws. */
  push(event: MetricEvent): void {
    try {
      if (this.#takes?.(event) === false && !(this.#forgets && isRollback(event))) {
        this.#account.delivered(1);
        return;
      }
    } catch (error) {
      this.#account.dropped(1);
      this.#account.failed(error);
      return;
    }
    const dropped = this.#queue.push(event);
    if (dropped > 0) this.#account.overflowed(dropped);
    this.#consumer.wake();
  }

  /** Resolves once the sink has dealt with everything that was pushed before. */
  idle(): Promise<void> {
    return this.#consumer.idle();
  }

  report(): SinkReport {
    return this.#account.report();
  }

  /** Hands over what is queued and waits for the sink, but not beyond its deadline. Never rejects. */
  finish(): Promise<SinkReport> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  /** Cuts the sink off at once; what it has not dealt with is lost. */
  abandon(): SinkReport {
    if (!this.#deadline.signal.aborted) {
      this.#deadline.abort();
      this.#consumer.abandon();
      this.#account.dropped(this.#queue.clear());
    }
    return this.report();
  }

  async #finish(): Promise<SinkReport> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#account.tooLate(this.#flushTimeoutMs);
        this.abandon();
        resolve();
      }, this.#flushTimeoutMs);
    });
    await Promise.race([this.#consumer.finish().catch((error) => this.#account.failed(error)), late]);
    clearTimeout(timer);
    this.#account.dropped(this.#queue.clear());
    return this.report();
  }
}
