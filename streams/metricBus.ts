/** Where everything a run measures passes: emitted once, received by any number of subscribers. */
import { Observable, Subject } from 'rxjs';
import type { Clock } from '../src/clock.ts';
import { systemClock } from '../src/clock.ts';
import type { Histogram } from '../src/optimizers/histogram.ts';
import type { LazyNumber, RgbImage } from '../src/pipeline/pipeline.ts';
import { isolated, type SubscriberFailure } from './isolatedObservable.ts';
import type { ConfigEvent, ImageEvent, MetricEvent } from './metricEvent.ts';
import { isRollback } from './rollback.ts';

export interface MetricBusOptions {
  readonly clock?: Clock;
  /** How many past events late subscribers still receive, the newest ones. Default 1,000. */
  readonly historySize?: number;
  /** Told when a subscriber threw; it is unsubscribed by then. Default: nobody is told. */
  readonly onSubscriberFailure?: SubscriberFailure;
}

/** The writing side; {@link MetricBus.metrics$} is the reading side. */
export interface MetricBus {
  /**
   * Every event once, in order; never errors; completes when the run ends. A late subscriber first receives the config,
   * the newest image and a bounded number of past events.
   */
  readonly metrics$: Observable<MetricEvent>;
  /** Whether anybody receives: lazy numbers are read only then. */
  readonly observed: boolean;
  /** The newest value of every scalar that was read. */
  readonly latest: ReadonlyMap<string, number>;
  emit(event: MetricEvent): void;
  /** One scalar. */
  scalar(step: number, tag: string, value: LazyNumber): void;
  /** A record of scalars, tagged `<prefix>/<name>`. */
  scalars(step: number, prefix: string, values: Readonly<Record<string, LazyNumber>>): void;
  image(step: number, tag: string, image: RgbImage): void;
  histogram(step: number, tag: string, histogram: Histogram): void;
  text(step: number, tag: string, text: string): void;
  config(step: number, config: unknown): void;
  /** Counts as a subscriber until the returned function is called: {@link latest} is kept up to date. */
  demand(): () => void;
  complete(): void;
}

/**
 * @example
 * const bus = createMetricBus();
 * bus.metrics$.subscribe((event) => console.log(event.tag));
 * bus.scalars(12, 'train', { psnr: () => readBack() });
 */
export function createMetricBus(options: MetricBusOptions = {}): MetricBus {
  const { clock = systemClock, historySize = 1_000, onSubscriberFailure = () => {} } = options;
  const live = new Subject<MetricEvent>();
  const latest = new Map<string, number>();
  const tags = createTagTable();
  const history = createRing<MetricEvent>(historySize);
  let config: ConfigEvent | undefined;
  let newestImage: ImageEvent | undefined;
  let demands = 0;
  let completed = false;

  const replay = new Observable<MetricEvent>((subscriber) => {
    if (config) subscriber.next(config);
    if (newestImage) subscriber.next(newestImage);
    for (const event of history.values()) subscriber.next(event);
    return live.subscribe(subscriber);
  });

  /** Late subscribers, too, get one value for each step. */
  const forget = (step: number): void => {
    history.keep((event) => event.step <= step);
    if (newestImage && newestImage.step > step) newestImage = undefined;
  };

  const emit = (event: MetricEvent): void => {
    if (isRollback(event)) forget(event.step);
    if (event.kind === 'scalar') latest.set(event.tag, event.value);
    if (event.kind === 'config') config = event;
    else if (event.kind === 'image') newestImage = event;
    else history.push(event);
    live.next(event);
  };

  const bus: MetricBus = {
    metrics$: isolated(replay, onSubscriberFailure),
    get observed() {
      return demands > 0 || live.observed;
    },
    latest,
    emit,
    scalar(step, tag, value) {
      if (!bus.observed) return;
      emit({ kind: 'scalar', tag, step, wallTime: clock.now() / 1000, value: numberOf(value) });
    },
    scalars(step, prefix, values) {
      if (!bus.observed) return;
      const wallTime = clock.now() / 1000;
      for (const name in values)
        emit({ kind: 'scalar', tag: tags(prefix, name), step, wallTime, value: numberOf(values[name]!) });
    },
    image: (step, tag, image) => emit({ kind: 'image', tag, step, wallTime: clock.now() / 1000, image }),
    histogram: (step, tag, histogram) =>
      emit({ kind: 'histogram', tag, step, wallTime: clock.now() / 1000, ...histogram }),
    text: (step, tag, text) => emit({ kind: 'text', tag, step, wallTime: clock.now() / 1000, text }),
    config: (step, value) =>
      emit({ kind: 'config', tag: 'config', step, wallTime: clock.now() / 1000, config: value }),
    demand() {
      demands += 1;
      let released = false;
      return () => {
        if (!released) demands -= 1;
        released = true;
        // What nobody reads any more gets out of date.
        if (!bus.observed && !completed) latest.clear();
      };
    },
    complete() {
      completed = true;
      live.complete();
    },
  };
  return bus;
}

/** Reads a lazy number. */
export function numberOf(value: LazyNumber): number {
  return typeof value === 'function' ? value() : value;
}

/** Remembers `<prefix>/<name>`: the same few tags are needed in every step. */
function createTagTable(): (prefix: string, name: string) => string {
  const prefixes = new Map<string, Map<string, string>>();
  return (prefix, name) => {
    const names = prefixes.get(prefix) ?? new Map<string, string>();
    prefixes.set(prefix, names);
    const tag = names.get(name) ?? `${prefix}/${name}`;
    names.set(name, tag);
    return tag;
  };
}

/** The newest `size` values, oldest first. */
function createRing<T>(size: number) {
  let slots: T[] = [];
  let oldest = 0;
  const values = (): T[] => [...slots.slice(oldest), ...slots.slice(0, oldest)];
  return {
    push(value: T): void {
      if (slots.length < size) slots.push(value);
      else if (size > 0) {
        slots[oldest] = value;
        oldest = (oldest + 1) % size;
      }
    },
    values,
    keep(belongs: (value: T) => boolean): void {
      slots = values().filter(belongs);
      oldest = 0;
    },
  };
}
