/** One life of a sink, from its attachment to its failure or end: what it is given, and what it still works on. */
import { isObservable, Subject, Subscription } from 'rxjs';
import type { MetricEvent } from './metricEvent.ts';
import type { RunInfo, SinkControl, SinkObject } from './sink.ts';
import { SinkFeed } from './sinkFeed.ts';

export interface SinkLifeHooks {
  /** The sink may be able to take more, or has ended. */
  progressed(): void;
  /** An observer threw or rejected; `late` when that was not while an event was handed over. */
  valueFailed(error: unknown, late: boolean): void;
  /** The sink is dead; `pending` events that it had been given died with it. */
  died(error: unknown, pending: number): void;
}

export interface SinkLife {
  /** Whether anybody in the sink listens at this moment. */
  readonly observed: boolean;
  /** Whether its Observable or Promise has ended (or it gave none). */
  readonly settled: boolean;
  /** Whether asynchronous work is going on. */
  readonly busy: boolean;
  /** Events that it was given and that are not known to be dealt with: an upper bound while it is busy, else 0. */
  readonly pending: number;
  /** Hands an event over. @returns whether the sink took it without an error */
  deliver(event: MetricEvent): boolean;
  /** Ends the stream; the sink finishes its work. */
  complete(): void;
  /** Cuts it off. */
  end(): void;
}

/** Attaches the sink. Errors of whatever kind end up in the hooks. */
export function startSinkLife(
  sink: SinkObject,
  run: RunInfo,
  control: SinkControl,
  hooks: SinkLifeHooks,
): SinkLife {
  const events = new Subject<MetricEvent>();
  const subscriptions = new Subscription();
  let alive = true;
  let settled = false;
  let delivering = false;
  let failed = false;
  /** Pieces of work going on; how many ended, and how many events were given, since there was none. */
  let open = 0;
  let ended = 0;
  let given = 0;

  const pending = (): number => (open === 0 ? 0 : Math.max(1, given - ended));
  const end = (): void => {
    alive = false;
    subscriptions.unsubscribe();
    events.unsubscribe();
  };
  const die = (error: unknown): void => {
    if (!alive) return;
    failed = true;
    const lost = Math.max(0, pending() - (delivering ? 1 : 0));
    end();
    hooks.died(error, lost);
  };
  const settle = (): void => {
    settled = true;
    if (alive) hooks.progressed();
  };

  const feed = new SinkFeed<MetricEvent>(
    {
      valueFailed(error) {
        if (!alive) return;
        failed = true;
        hooks.valueFailed(error, !delivering);
      },
      chainFailed: die,
      workStarted() {
        open++;
      },
      workEnded() {
        open--;
        ended++;
        if (alive) hooks.progressed();
      },
    },
    (subscriber) => {
      subscriptions.add(subscriber);
      if (alive) hooks.progressed();
      return events.subscribe(subscriber);
    },
  );
  try {
    const result = sink.attach(feed, run, control);
    if (isObservable(result)) subscriptions.add(result.subscribe({ error: die, complete: settle }));
    else if (result) result.then(settle, die);
    else settle();
  } catch (error) {
    die(error);
  }

  return {
    get observed() {
      return alive && events.observed;
    },
    get settled() {
      return settled;
    },
    get busy() {
      return open > 0;
    },
    get pending() {
      return pending();
    },
    deliver(event) {
      if (open === 0) given = ended = 0;
      given++;
      failed = false;
      delivering = true;
      events.next(event);
      delivering = false;
      return !failed;
    },
    complete: () => alive && events.complete(),
    end,
  };
}
