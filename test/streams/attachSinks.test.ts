import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import {
  bufferTime,
  concatMap,
  filter,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  Subject,
  scan,
  take,
  tap,
  throttleTime,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { attachSinks } from '../../streams/attachSinks.ts';
import type { MetricEvent, ScalarEvent } from '../../streams/metricEvent.ts';
import type { RunInfo, Sink, SinkFunction, SinkReport } from '../../streams/sink.ts';

/** The type of another copy's Observable. */
type Foreign<T> = import('rxjs').Observable<T>;

const run: RunInfo = { runId: 'test', config: {}, fromStep: 0 };

function scalar(step: number, tag = 'train/loss'): ScalarEvent {
  return { kind: 'scalar', tag, step, wallTime: step / 10, value: step };
}

function attach(...sinks: Sink[]) {
  const metrics$ = new Subject<MetricEvent>();
  const messages: string[] = [];
  const attached = attachSinks(metrics$, sinks, run, {
    log: { warn: (_fields, message) => messages.push(message) },
  });
  /** Steps as a trainer makes them: one macrotask each. */
  const train = async (steps: number, from = 1): Promise<void> => {
    for (let step = from; step < from + steps; step++) {
      metrics$.next(scalar(step));
      await new Promise(setImmediate);
    }
  };
  return { metrics$, messages, train, ...attached };
}

/** A sink that notes the steps that it receives. */
function recorder() {
  const steps: number[] = [];
  const sink = {
    name: 'recorder',
    attach: (metrics$) => metrics$.pipe(tap(({ step }) => steps.push(step))),
  } satisfies Sink;
  return { steps, sink };
}

const upTo = (steps: number) => Array.from({ length: steps }, (_, index) => index + 1);
const byName = (reports: SinkReport[], name: string) => reports.find((report) => report.name === name)!;

describe('attachSinks', () => {
  it('hands every event to every sink, in order, but never while it is emitted', async () => {
    const [first, second] = [recorder(), recorder()];
    const { metrics$, done } = attach(first.sink, { ...second.sink, name: 'second' });
    metrics$.next(scalar(1));
    metrics$.next(scalar(2));
    expect(first.steps).toEqual([]);
    const reports = await done();
    expect([first.steps, second.steps]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(reports).toEqual([
      { name: 'recorder', delivered: 2, dropped: 0 },
      { name: 'second', delivered: 2, dropped: 0 },
    ]);
  });

  it('names functions by their names', async () => {
    const { done } = attach(
      function best() {},
      () => {},
    );
    expect((await done()).map(({ name }) => name)).toEqual(['best', 'sink 2']);
  });

  it('completes the sinks when the metric stream completes or fails', async () => {
    for (const end of ['complete', 'error'] as const) {
      const ends: string[] = [];
      const { metrics$, done } = attach((events$) => events$.pipe(tap({ complete: () => ends.push('end') })));
      metrics$.next(scalar(1));
      metrics$[end](new Error('x'));
      await done();
      expect(ends).toEqual(['end']);
    }
  });

  it('gives state to operators as if it were one stream', async () => {
    const sums: number[] = [];
    const { train, done } = attach((events$) =>
      events$.pipe(
        filter((event) => event.kind === 'scalar'),
        scan((sum, { value }) => sum + value, 0),
        tap((sum) => sums.push(sum)),
      ),
    );
    await train(4);
    await done();
    expect(sums).toEqual([1, 3, 6, 10]);
  });

  it('takes operators of another copy of RxJS, as a module of the user may bring it', async () => {
    const require = createRequire(import.meta.url);
    for (const path of Object.keys(require.cache)) if (path.includes('/rxjs/')) delete require.cache[path];
    const other = require('rxjs') as typeof import('rxjs');
    expect(other.Observable).not.toBe(Observable);
    const steps: number[] = [];
    let active = 0;
    const { train, done } = attach(
      function foreign(events$) {
        return (events$ as unknown as Foreign<MetricEvent>).pipe(
          other.map(({ step }) => step),
          other.concatMap(async (step) => {
            expect(++active).toBe(1);
            await delay(2);
            active--;
            steps.push(step);
          }),
        ) as unknown as Observable<unknown>;
      },
      function observer(events$) {
        class Counter {
          count = 0;
          next(): void {
            this.count++;
            steps.push(-this.count);
          }
        }
        events$.subscribe(new Counter());
      },
    );
    await train(3);
    expect((await done()).map(({ delivered }) => delivered)).toEqual([3, 3]);
    expect(steps.sort((a, b) => a - b)).toEqual([-3, -2, -1, 1, 2, 3]);
  });

  it('leaves a sink alone that has had enough', async () => {
    const { steps, sink } = recorder();
    const { train, done } = attach({ ...sink, attach: (events$) => sink.attach(events$).pipe(take(2)) });
    await train(5);
    expect(await done()).toEqual([{ name: 'recorder', delivered: 2, dropped: 0 }]);
    expect(steps).toEqual([1, 2]);
  });

  it('keeps events for a sink that subscribes late', async () => {
    const { steps, sink } = recorder();
    const { train, done } = attach({
      name: 'late',
      async attach(events$) {
        await delay(20);
        await new Promise<void>((complete) => sink.attach(events$).subscribe({ complete }));
      },
    });
    await train(3);
    expect(await done()).toEqual([{ name: 'late', delivered: 3, dropped: 0 }]);
    expect(steps).toEqual([1, 2, 3]);
  });
});

describe('a sink that fails', () => {
  const failures: [string, Sink][] = [
    [
      'in an observer',
      function bad(events$) {
        events$.subscribe(() => {
          throw new Error('broken');
        });
      },
    ],
    [
      'in an operator that it subscribes itself',
      function bad(events$) {
        events$
          .pipe(
            map(() => {
              throw new Error('broken');
            }),
          )
          .subscribe();
      },
    ],
    [
      'in the Observable that it returns',
      function bad(events$) {
        return events$.pipe(
          tap(() => {
            throw new Error('broken');
          }),
        );
      },
    ],
    [
      'when it is attached',
      function bad() {
        throw new Error('broken');
      },
    ],
    [
      'in the promise that it returns',
      async function bad() {
        throw new Error('broken');
      },
    ],
    [
      'in an asynchronous observer',
      function bad(events$) {
        events$.subscribe(async () => {
          await delay(1);
          throw new Error('broken');
        });
      },
    ],
    [
      'in asynchronous work',
      function bad(events$) {
        return events$.pipe(
          concatMap(async () => {
            await delay(1);
            throw new Error('broken');
          }),
        );
      },
    ],
  ];

  it.each(failures)('%s loses its events, is reported once, and harms nobody', async (_where, bad) => {
    const good = recorder();
    const { train, messages, done } = attach(bad, good.sink);
    await train(300);
    const reports = await done();
    expect(byName(reports, 'bad')).toEqual({ name: 'bad', delivered: 0, dropped: 300, error: 'broken' });
    expect(messages).toEqual(['The sink "bad" failed: broken. Training goes on; this is said once.']);
    expect(good.steps).toEqual(upTo(300));
    expect(byName(reports, 'recorder')).toEqual({ name: 'recorder', delivered: 300, dropped: 0 });
  });

  it('is attached anew, after pauses that grow', async () => {
    let attachments = 0;
    const { train, metrics$, done } = attach((events$) => {
      attachments++;
      return events$.pipe(
        tap(() => {
          throw new Error('broken');
        }),
      );
    });
    const began = performance.now();
    for (let step = 1; performance.now() - began < 500 || attachments < 2; step += 10) await train(10, step);
    // 50 + 100 + 200 ms: a few restarts fit into half a second, however many events there are; a slow machine takes longer.
    const elapsed = performance.now() - began;
    expect(attachments).toBeLessThanOrEqual(2 + Math.floor(Math.log2(elapsed / 50 + 1)));
    metrics$.complete();
    await done();
    expect(attachments).toBeLessThanOrEqual(9);
  });

  it('goes on with the next event once the trouble is over, and gets the configuration again', async () => {
    const seen: string[] = [];
    let troubled = true;
    const { metrics$, train, done } = attach(function flaky(events$) {
      return events$.pipe(
        tap(({ kind, step }) => {
          if (troubled && step === 2) {
            troubled = false;
            throw new Error('once');
          }
          seen.push(`${kind} ${step}`);
        }),
      );
    });
    metrics$.next({ kind: 'config', tag: 'config', step: 0, wallTime: 0, config: {} });
    await train(3);
    await delay(80);
    await train(1, 4);
    expect(await done()).toEqual([{ name: 'flaky', delivered: 4, dropped: 1, error: 'once' }]);
    expect(seen).toEqual(['config 0', 'scalar 1', 'config 0', 'scalar 3', 'scalar 4']);
  });
});

describe('a sink that is slow', () => {
  const slow = (name: string, attachSlow: SinkFunction, queueSize = 50): Sink => ({
    name,
    attach: attachSlow,
    queueSize,
    flushTimeoutMs: 100,
  });

  it.each<[string, SinkFunction]>([
    ['concatMap', (events$) => events$.pipe(concatMap(() => timer(1000)))],
    ['concatMap of promises', (events$) => events$.pipe(concatMap(() => delay(1000)))],
    ['concatMap subscribed inside', (events$) => void events$.pipe(concatMap(() => timer(1000))).subscribe()],
    ['an asynchronous observer', (events$) => void events$.subscribe(() => delay(1000))],
    ['work that never ends', (events$) => events$.pipe(mergeMap(() => NEVER))],
    ['a promise that never resolves', () => new Promise<void>(() => undefined)],
  ])(
    '(%s) keeps a bounded number of events, loses the oldest, and is not waited for',
    async (_how, attachSlow) => {
      const good = recorder();
      const { train, messages, done } = attach(slow('slow', attachSlow), good.sink);
      const began = performance.now();
      await train(1000);
      const trained = performance.now() - began;
      const reports = await done();
      expect(good.steps).toEqual(upTo(1000));
      const { delivered, dropped, error } = byName(reports, 'slow');
      expect(delivered + dropped).toBe(1000);
      expect(dropped).toBeGreaterThanOrEqual(998);
      expect(error).toContain('did not finish within 100 ms');
      expect(messages[0]).toContain('cannot keep up');
      expect(performance.now() - began - trained).toBeLessThan(1500);
    },
  );

  it('gets everything when it is only a little slow', async () => {
    const steps: number[] = [];
    const { train, done } = attach({
      name: 'little',
      queueSize: 100,
      attach: (events$) =>
        events$.pipe(
          concatMap(async ({ step }) => {
            await delay(1);
            steps.push(step);
          }),
        ),
    });
    await train(80);
    expect(await done()).toEqual([{ name: 'little', delivered: 80, dropped: 0 }]);
    expect(steps).toEqual(upTo(80));
  });

  it.each<[string, SinkFunction]>([
    [
      'batches by time',
      (events$) =>
        events$.pipe(
          bufferTime(20),
          concatMap(() => delay(5)),
        ),
    ],
    ['throttles', (events$) => events$.pipe(throttleTime(20))],
    [
      'filters',
      (events$) =>
        events$.pipe(
          filter(() => false),
          concatMap(() => delay(5)),
        ),
    ],
    ['merges other streams', (events$) => merge(events$.pipe(map(() => 1)), timer(0))],
    ['works concurrently', (events$) => events$.pipe(mergeMap(() => delay(10)))],
  ])('is not one that %s: it loses nothing', async (_how, attachFast) => {
    const { train, done } = attach({ name: 'fast', queueSize: 200, attach: attachFast });
    await train(100);
    await delay(30);
    await train(100, 101);
    expect(await done()).toEqual([{ name: 'fast', delivered: 200, dropped: 0 }]);
  });

  it('holds few images, because they are large', async () => {
    const { metrics$, reports, done } = attach(
      slow('slow', () => new Promise<void>(() => undefined), 10_000),
    );
    const image = { width: 1000, height: 1000, data: new Uint8Array(3_000_000) };
    for (let step = 0; step < 200; step++)
      metrics$.next({ kind: 'image', tag: 'eval/images/0', step, wallTime: 0, image });
    // An image of 3 MB counts as 184 events of 16 KiB: 54 of them are 9,936.
    expect(reports()[0]?.dropped).toBe(200 - 54);
    expect((await done())[0]?.dropped).toBe(200);
  });
});
