/** A first-in first-out queue of metric events that never grows beyond a limit: the oldest make room for the newest. */
import type { MetricEvent } from './metricEvent.ts';

/** An image counts as one event for every 16 KiB of pixels, so that a limit on events is a limit on memory. */
const bytesPerUnit = 16_384;

function units(event: MetricEvent): number {
  return event.kind === 'image' ? 1 + Math.floor(event.image.data.length / bytesPerUnit) : 1;
}

export class EventQueue {
  /** Index of the oldest event; what lies before it was taken and awaits the next compaction. */
  #head = 0;
  #used = 0;
  #events: MetricEvent[] = [];

  /** @param limit events; at least 1 */
  constructor(readonly limit: number) {}

  get length(): number {
    return this.#events.length - this.#head;
  }

  /** @returns how many old events were dropped to make room */
  push(event: MetricEvent): number {
    this.#events.push(event);
    this.#used += units(event);
    let dropped = 0;
    while (this.#used > this.limit && this.length > 1) {
      this.shift();
      dropped++;
    }
    return dropped;
  }

  /** Takes the oldest event. */
  shift(): MetricEvent | undefined {
    const event = this.#events[this.#head];
    if (event === undefined) return undefined;
    this.#head++;
    this.#used -= units(event);
    if (this.#head >= 1024 && this.#head * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  /** Takes up to `count` of the oldest events; one that `leads` is taken as the first or left for the next call. */
  take(count: number, leads: (event: MetricEvent) => boolean = () => false): MetricEvent[] {
    const taken: MetricEvent[] = [];
    while (taken.length < count) {
      const next = this.#events[this.#head];
      if (next === undefined || (taken.length > 0 && leads(next))) break;
      this.shift();
      taken.push(next);
    }
    return taken;
  }

  /** Empties it. @returns how many events were in it */
  clear(): number {
    const { length } = this;
    this.#events = [];
    this.#head = 0;
    this.#used = 0;
    return length;
  }
}
