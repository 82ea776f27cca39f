/** Hands the events of a queue to a sink that is a function of the stream, in turns; attaches it anew when it failed. */
import type { MetricEvent } from './metricEvent.ts';
import type { StreamSink } from './sink.ts';
import { SinkAttachment } from './sinkAttachment.ts';
import type { SinkConsumer, SinkSupply } from './sinkConsumer.ts';
import { yieldToEventLoop } from './yieldToEventLoop.ts';

/** How much of a turn of the event loop a sink that works in this thread may use. */
const turnMs = 5;
/** A sink that failed starts again after a pause that doubles with every failure in a row. */
const firstPauseMs = 50;
const longestPauseMs = 10_000;
/** How often a failing sink is started again, without a pause, once the run has ended. */
const finalRestarts = 3;

export function consumeStream(sink: StreamSink, supply: SinkSupply): SinkConsumer {
  return new StreamConsumer(sink, supply);
}

class StreamConsumer implements SinkConsumer {
  readonly #sink: StreamSink;
  readonly #supply: SinkSupply;
  readonly #idleWaiters: (() => void)[] = [];
  #attachment: SinkAttachment | undefined;
  #callOffTurn: (() => void) | undefined;
  #pause: NodeJS.Timeout | undefined;
  #failures = 0;
  /** What a new attachment receives first: the newest configuration event that an earlier one was given. */
  #config: MetricEvent | undefined;
  #restartsLeft = Number.POSITIVE_INFINITY;
  #finished: (() => void) | undefined;

  constructor(sink: StreamSink, supply: SinkSupply) {
    this.#sink = sink;
    this.#supply = supply;
    this.#attach();
  }

  wake(): void {
    if (!this.#pause)
      this.#callOffTurn ??= yieldToEventLoop(() => {
        this.#callOffTurn = undefined;
        this.#supply.timed(() => this.#takeTurn());
      });
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.wake();
    });
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#finished = resolve;
      this.#restartsLeft = finalRestarts;
      this.#endPause();
    });
  }

  abandon(): void {
    this.#callOffTurn?.();
    this.#supply.account.takenBack(this.#attachment?.pending ?? 0);
    this.#attachment?.end();
  }

  #attach(): void {
    const { account, run } = this.#supply;
    const attachment = new SinkAttachment(this.#sink, run, {
      progressed: () => this.wake(),
      valueFailed(error, late) {
        account.failed(error);
        if (late) account.takenBack(1);
      },
      died: (error, pending) => {
        account.failed(error);
        account.takenBack(pending);
        this.#restartLater();
      },
    });
    if (!attachment.alive) return;
    this.#attachment = attachment;
    if (this.#config) attachment.deliver(this.#config);
  }

  #restartLater(): void {
    this.#attachment = undefined;
    if (this.#finished) {
      this.#restartsLeft--;
      if (this.#restartsLeft < 0) this.#finished();
      else this.wake();
      return;
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures++);
    this.#pause = setTimeout(() => this.#endPause(), pauseMs).unref();
  }

  #endPause(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.wake();
  }

  #takeTurn(): void {
    const { queue } = this.#supply;
    if (!this.#attachment) this.#attach();
    const attachment = this.#attachment;
    if (!attachment) return;
    this.#handOver(attachment);
    if (!attachment.alive) return;
    if (attachment.settled && !attachment.observed) queue.clear();
    if (queue.length > 0) return;
    if (attachment.pending === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    if (!this.#finished) return;
    attachment.complete();
    if (attachment.settled && attachment.pending === 0) this.#finished();
  }

  /** Hands over as much as the sink takes and the turn has time for. */
  #handOver(attachment: SinkAttachment): void {
    const { queue, account } = this.#supply;
    const until = performance.now() + turnMs;
    for (let count = 1; attachment.observed && attachment.pending < queue.limit; count++) {
      const event = queue.shift();
      if (event === undefined) return;
      if (event.kind === 'config') this.#config = event;
      if (attachment.deliver(event)) {
        this.#failures = 0;
        account.delivered(1);
      } else account.dropped(1);
      if (count % 32 === 0 && performance.now() > until) {
        this.wake();
        return;
      }
    }
  }
}
