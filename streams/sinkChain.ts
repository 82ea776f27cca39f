/** One sink's own chain: its queue, its turns, its restarts after a failure, its end. Chains share nothing. */
import type { Log } from '../src/log.ts';
import type { TimePhase } from '../src/pipeline/pipeline.ts';
import { untimed } from '../src/profile/phaseClock.ts';
import { EventQueue } from './eventQueue.ts';
import type { MetricEvent } from './metricEvent.ts';
import { createRestartPause, type RestartPause } from './restartPause.ts';
import type { RunInfo, SinkObject, SinkReport } from './sink.ts';
import { createSinkAccount, type SinkAccount } from './sinkAccount.ts';
import { type SinkLife, startSinkLife } from './sinkLife.ts';

const defaultQueueSize = 10_000;
const defaultFlushTimeoutMs = 5_000;
/** How much of a turn of the event loop a sink that works in this thread may use. */
const turnMs = 5;

/** Attaches a sink. It receives events in turns of the event loop, never within {@link SinkChain.push}. */
export class SinkChain {
  readonly #queueSize: number;
  readonly #flushTimeoutMs: number;
  readonly #queue: EventQueue;
  readonly #account: SinkAccount;
  readonly #pause: RestartPause;
  readonly #deadline = new AbortController();
  readonly #idleWaiters: (() => void)[] = [];
  #life: SinkLife | undefined;
  #turn: NodeJS.Immediate | undefined;
  /** The newest configuration event: what a life receives first. */
  #config: MetricEvent | undefined;
  #lifeHasConfig = false;
  /** The configuration event that is in the account: repetitions do not count. */
  #countedConfig: MetricEvent | undefined;
  #finishing: Promise<SinkReport> | undefined;
  #finished: (() => void) | undefined;

  constructor(
    readonly sink: SinkObject,
    readonly run: RunInfo,
    log: Pick<Log, 'warn'>,
    readonly time: TimePhase = untimed,
  ) {
    this.#queueSize = sink.queueSize ?? defaultQueueSize;
    this.#flushTimeoutMs = sink.flushTimeoutMs ?? defaultFlushTimeoutMs;
    this.#queue = new EventQueue(this.#queueSize);
    this.#account = createSinkAccount(sink.name, log);
    this.#pause = createRestartPause(() => this.#wake());
    this.#start();
  }

  /** Queues an event and returns at once. */
  push(event: MetricEvent): void {
    if (event.kind === 'config') this.#config = event;
    const dropped = this.#queue.push(event);
    if (dropped > 0) {
      this.#account.dropped(dropped);
      this.#account.overflowed();
    }
    this.#wake();
  }

  /** Resolves once the sink has dealt with everything that was pushed before. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#wake();
    });
  }

  report(): SinkReport {
    return this.#account.report();
  }

  /** Hands over what is queued and waits for the sink, but not beyond its deadline. Never rejects. */
  finish(): Promise<SinkReport> {
    this.#finishing ??= this.#finish();
    return this.#finishing;
  }

  async #finish(): Promise<SinkReport> {
    const timer = setTimeout(() => {
      this.#account.tooLate(this.#flushTimeoutMs);
      this.#giveUp();
    }, this.#flushTimeoutMs);
    const done = new Promise<void>((resolve) => {
      this.#finished = resolve;
    });
    this.#pause.hurry();
    await done;
    clearTimeout(timer);
    clearImmediate(this.#turn);
    return this.report();
  }

  #wake(): void {
    if (!this.#pause.waiting)
      this.#turn ??= setImmediate(() => this.time(this.sink.name, () => this.#takeTurn()));
  }

  #start(): SinkLife {
    let died = false;
    const account = this.#account;
    const control = {
      deadline: this.#deadline.signal,
      lost(count: number, error?: unknown) {
        account.takenBack(count);
        if (error !== undefined) account.failed(error);
      },
      retrying: (error: unknown) => account.retrying(error),
    };
    const life = startSinkLife(this.sink, this.run, control, {
      progressed: () => this.#wake(),
      valueFailed(error, late) {
        account.failed(error);
        if (late) account.takenBack(1);
      },
      died: (error, pending) => {
        died = true;
        this.#life = undefined;
        account.failed(error);
        account.takenBack(pending);
        this.#pause.failed();
        if (this.#pause.exhausted) this.#giveUp();
      },
    });
    this.#lifeHasConfig = false;
    if (!died) this.#life = life;
    return life;
  }

  #takeTurn(): void {
    this.#turn = undefined;
    if (this.#pause.waiting) return;
    const life = this.#life ?? this.#start();
    this.#handOver(life);
    if (life !== this.#life) return;
    if (life.settled && !life.observed) this.#queue.clear();
    if (this.#queue.length > 0) return;
    if (!life.busy) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    if (!this.#finished) return;
    life.complete();
    if (life.settled && !life.busy) this.#finished();
  }

  /** Hands over as much as the sink takes and the turn has time for. */
  #handOver(life: SinkLife): void {
    const until = performance.now() + turnMs;
    for (let count = 1; life === this.#life && life.observed && life.pending < this.#queueSize; count++) {
      const event = this.#config && !this.#lifeHasConfig ? this.#config : this.#queue.shift();
      if (event === undefined) return;
      if (event === this.#config) this.#deliverConfig(life, event);
      else this.#deliver(life, event, true);
      if (count % 32 === 0 && performance.now() > until) {
        this.#wake();
        return;
      }
    }
  }

  /** The configuration comes first in every life, and must not come again when it was still queued. */
  #deliverConfig(life: SinkLife, event: MetricEvent): void {
    if (this.#lifeHasConfig) return;
    this.#lifeHasConfig = true;
    const counts = event !== this.#countedConfig;
    this.#countedConfig = event;
    this.#deliver(life, event, counts);
  }

  #deliver(life: SinkLife, event: MetricEvent, counts: boolean): void {
    const taken = life.deliver(event);
    if (taken) this.#pause.succeeded();
    if (counts && taken) this.#account.delivered();
    else if (counts) this.#account.dropped(1);
  }

  /** Counts everything that did not get through as lost. */
  #giveUp(): void {
    this.#deadline.abort();
    this.#account.dropped(this.#queue.clear());
    if (this.#life) this.#account.takenBack(this.#life.pending);
    this.#life?.end();
    this.#finished?.();
  }
}
