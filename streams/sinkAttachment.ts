/** One attachment of a function of the stream, until it fails or ends: what it is given, and what it still works on. */
import { isObservable, Observable, Subject, Subscription } from 'rxjs';
import { IsolatedObservable } from './isolatedObservable.ts';
import type { MetricEvent } from './metricEvent.ts';
import type { RunInfo, StreamSink } from './sink.ts';

export interface AttachmentHooks {
  /** The sink may be able to take more, or has ended. */
  progressed(): void;
  /** An observer threw or rejected; `late` when that was not while an event was handed over. */
  valueFailed(error: unknown, late: boolean): void;
  /** The sink is dead; `pending` events that it had been given died with it. */
  died(error: unknown, pending: number): void;
}

export class SinkAttachment {
  readonly #hooks: AttachmentHooks;
  readonly #events = new Subject<MetricEvent>();
  readonly #subscriptions = new Subscription();
  #alive = true;
  #settled = false;
  #delivering = false;
  #failed = false;
  /** Pieces of work going on; how many ended, and how many events were given, since there was none. */
  #open = 0;
  #ended = 0;
  #given = 0;

  /** Attaches the sink. Errors of whatever kind end up in the hooks, the first perhaps before this returns. */
  constructor(sink: StreamSink, run: RunInfo, hooks: AttachmentHooks) {
    this.#hooks = hooks;
    const die = (error: unknown) => this.#die(error);
    const settle = () => {
      this.#settled = true;
      this.#progress();
    };
    try {
      const result = sink.attach(this.#feed(), run);
      if (isObservable(result)) this.#subscriptions.add(result.subscribe({ error: die, complete: settle }));
      else if (result) result.then(settle, die);
      else settle();
    } catch (error) {
      die(error);
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether anybody in the sink listens at this moment. */
  get observed(): boolean {
    return this.#alive && this.#events.observed;
  }

  /** Whether its Observable or Promise has ended (or it gave none). */
  get settled(): boolean {
    return this.#settled;
  }

  /** Events that it was given and that are not known to be dealt with: an upper bound while work goes on, else 0. */
  get pending(): number {
    return this.#open === 0 ? 0 : Math.max(1, this.#given - this.#ended);
  }

  /** Hands an event over. @returns whether the sink took it without an error */
  deliver(event: MetricEvent): boolean {
    if (this.#open === 0) this.#given = this.#ended = 0;
    this.#given++;
    this.#failed = false;
    this.#delivering = true;
    this.#events.next(event);
    this.#delivering = false;
    return !this.#failed;
  }

  /** Ends the stream; the sink finishes its work. */
  complete(): void {
    if (this.#alive) this.#events.complete();
  }

  /** Cuts it off. */
  end(): void {
    this.#alive = false;
    this.#subscriptions.unsubscribe();
    this.#events.unsubscribe();
  }

  #feed(): Observable<MetricEvent> {
    const source = new Observable<MetricEvent>((subscriber) => {
      this.#subscriptions.add(subscriber);
      this.#progress();
      return this.#events.subscribe(subscriber);
    });
    return new IsolatedObservable<MetricEvent>(source, {
      failed: (error) => {
        if (!this.#alive) return;
        this.#failed = true;
        this.#hooks.valueFailed(error, !this.#delivering);
      },
      ended: (error) => this.#die(error),
      workBegan: () => {
        this.#open++;
      },
      workEnded: () => {
        this.#open--;
        this.#ended++;
        this.#progress();
      },
    });
  }

  #progress(): void {
    if (this.#alive) this.#hooks.progressed();
  }

  #die(error: unknown): void {
    if (!this.#alive) return;
    this.#failed = true;
    const lost = Math.max(0, this.pending - (this.#delivering ? 1 : 0));
    this.end();
    this.#hooks.died(error, lost);
  }
}
