import { setTimeout as delay } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { SinkError } from '../../src/errors.ts';
import { attachSinks } from '../../streams/attachSinks.ts';
import { defineSink } from '../../streams/defineSink.ts';
import { createMetricBus } from '../../streams/metricBus.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { SinkDefinition } from '../../streams/sink.ts';

const runInfo = { runId: 'test', config: {}, fromStep: 7 };

function attach(definition: Partial<SinkDefinition> & Pick<SinkDefinition, 'write'>) {
  const metrics$ = new Subject<MetricEvent>();
  const sink = defineSink({ name: 'sink', ...definition });
  const warnings: string[] = [];
  const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
  const { done } = attachSinks(metrics$, [sink], runInfo, { log });
  const emit = (from: number, to: number) => {
    for (let step = from; step <= to; step++)
      metrics$.next({ kind: 'scalar', tag: 'x', step, wallTime: 0, value: step });
  };
  return { emit, done, warnings };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const steps = (events: readonly MetricEvent[]) => events.map(({ step }) => step);

describe('defineSink', () => {
  it('opens with the run, writes batches in order, closes once', async () => {
    const calls: unknown[] = [];
    const { emit, done } = attach({
      open: (run) => void calls.push(['open', run.fromStep]),
      write: (events) => void calls.push(steps(events)),
      close: () => void calls.push('close'),
      batch: { count: 2 },
    });
    emit(1, 5);
    expect(await done()).toEqual([{ name: 'sink', delivered: 5, dropped: 0 }]);
    expect(calls).toEqual([['open', 7], [1, 2], [3, 4], [5], 'close']);
  });

  it('writes what there is after a time', async () => {
    const batches: number[][] = [];
    const { emit, done } = attach({
      write: (events) => void batches.push(steps(events)),
      batch: { everyMs: 30 },
    });
    emit(1, 2);
    await delay(60);
    expect(batches).toEqual([[1, 2]]);
    emit(3, 3);
    await delay(60);
    expect(batches).toEqual([[1, 2], [3]]);
    await done();
  });

  it('tries a failed batch again, with pauses that double', async () => {
    const times: number[] = [];
    const { emit, done } = attach({
      write: () => {
        times.push(performance.now());
        if (times.length < 4) throw new Error('busy');
      },
      retry: { times: 3, backoffMs: 20 },
    });
    emit(1, 3);
    expect(await done()).toEqual([{ name: 'sink', delivered: 3, dropped: 0 }]);
    const pauses = times.slice(1).map((time, index) => time - times[index]!);
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(20 * 2 ** index - 2);
  });

  it('counts a batch as lost when it fails for good, and goes on with the next', async () => {
    const written: number[] = [];
    const { emit, done } = attach({
      async write(events) {
        if (events[0]!.step === 3) throw new Error('refused');
        written.push(...steps(events));
      },
      batch: { count: 2 },
      retry: { times: 1, backoffMs: 1 },
    });
    emit(1, 6);
    expect(await done()).toEqual([{ name: 'sink', delivered: 4, dropped: 2, error: 'refused' }]);
    expect(written).toEqual([1, 2, 5, 6]);
  });

  it('tries to open again for the next batch', async () => {
    let opens = 0;
    const { emit, done } = attach({
      open: () => {
        if (++opens < 3) throw new Error('not yet');
      },
      write: () => undefined,
      batch: { count: 1 },
      retry: { times: 0 },
    });
    emit(1, 4);
    expect(await done()).toEqual([{ name: 'sink', delivered: 2, dropped: 2, error: 'not yet' }]);
  });

  it('drops the oldest when writing is slow, and counts what the deadline leaves', async () => {
    const { emit, done } = attach({
      write: () => delay(10_000, undefined, { ref: false }),
      batch: { count: 10 },
      queueSize: 100,
      flushTimeoutMs: 50,
    });
    for (let block = 0; block < 10; block++) {
      emit(block * 100 + 1, block * 100 + 100);
      await delay(1);
    }
    const [report] = await done();
    expect(report).toEqual({
      name: 'sink',
      delivered: 0,
      dropped: 1000,
      error: expect.stringContaining('50 ms'),
    });
  });

  it('says why closing failed', async () => {
    const { emit, done } = attach({
      write: () => undefined,
      close: () => Promise.reject(new Error('disk full')),
    });
    emit(1, 1);
    expect((await done())[0]).toMatchObject({ error: 'disk full' });
  });
});

describe('defineSink, when something fails', () => {
  it('does not try again after a SinkError, nor ever after', async () => {
    let opens = 0;
    const { emit, done } = attach({
      open: () => {
        opens++;
        throw new SinkError('no such service', 'sink');
      },
      write: () => undefined,
      batch: { count: 2 },
      retry: { times: 5, backoffMs: 1 },
    });
    emit(1, 5);
    await delay(5);
    emit(6, 7);
    expect(await done()).toEqual([{ name: 'sink', delivered: 0, dropped: 7, error: 'no such service' }]);
    expect(opens).toBe(1);
  });

  it('tries again for as long as it is asked to, with pauses that stop growing, and says so once', async () => {
    const times: number[] = [];
    const { emit, done, warnings } = attach({
      write: () => {
        times.push(performance.now());
        if (times.length <= 8) throw new Error('away');
      },
      retry: { times: Number.POSITIVE_INFINITY, backoffMs: 1, longestMs: 20 },
    });
    emit(1, 3);
    expect(await done()).toEqual([{ name: 'sink', delivered: 3, dropped: 0 }]);
    expect(times).toHaveLength(9);
    expect(times[8]! - times[7]!).toBeLessThan(500);
    expect(warnings).toEqual([
      'The sink "sink" failed and tries again: away. Nothing is lost yet; this is said once.',
    ]);
  });

  it('tries again only where the author says that it helps', async () => {
    let writes = 0;
    const { emit, done } = attach({
      write: () => {
        writes++;
        throw new Error('refused');
      },
      retry: { when: (error) => !(error as Error).message.includes('refused') },
    });
    emit(1, 2);
    expect(await done()).toEqual([{ name: 'sink', delivered: 0, dropped: 2, error: 'refused' }]);
    expect(writes).toBe(1);
  });

  it('keeps what comes in during an outage that is shorter than the queue, and counts what does not fit', async () => {
    const written: number[] = [];
    let away = true;
    const { emit, done } = attach({
      write: (events) => {
        if (away) throw new Error('away');
        written.push(...steps(events));
      },
      batch: { count: 10 },
      queueSize: 50,
      retry: { times: Number.POSITIVE_INFINITY, backoffMs: 1, longestMs: 5 },
    });
    emit(1, 10);
    await delay(20);
    emit(11, 60);
    await delay(20);
    away = false;
    await delay(20);
    expect(written).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    away = true;
    emit(61, 70);
    await delay(20);
    emit(71, 130);
    await delay(20);
    away = false;
    expect(await done()).toEqual([{ name: 'sink', delivered: 120, dropped: 10 }]);
    expect(written.slice(60)).toEqual([61, 62, 63, 64, 65, 66, 67, 68, 69, 70, ...range(81, 130)]);
  });

  it('tells the author when the run no longer waits', async () => {
    let seen: AbortSignal | undefined;
    const { emit, done } = attach({
      write: (_events, _run, deadline) => {
        seen = deadline;
        return new Promise(() => {});
      },
      flushTimeoutMs: 30,
    });
    emit(1, 1);
    const [report] = await done();
    expect(seen?.aborted).toBe(true);
    expect(report).toMatchObject({ delivered: 0, dropped: 1 });
  });
});

describe('defineSink, what it receives', () => {
  it('queues only what it takes', async () => {
    const written: number[] = [];
    const { emit, done } = attach({
      takes: ({ step }) => step % 10 === 0,
      write: (events) => void written.push(...steps(events)),
      queueSize: 50,
    });
    for (let burst = 0; burst < 10; burst++) {
      emit(50 * burst + 1, 50 * burst + 50);
      await delay(2);
    }
    expect(await done()).toEqual([{ name: 'sink', delivered: 500, dropped: 0 }]);
    expect(written).toEqual(range(1, 50).map((n) => 10 * n));
  });

  it('[SK1] loses an event that it cannot decide about, and harms nobody', async () => {
    const written: number[] = [];
    const { emit, done } = attach({
      takes: ({ step }) => {
        if (step === 2) throw new Error('undecided');
        return true;
      },
      write: (events) => void written.push(...steps(events)),
    });
    expect(() => emit(1, 3)).not.toThrow();
    expect(await done()).toEqual([{ name: 'sink', delivered: 2, dropped: 1, error: 'undecided' }]);
    expect(written).toEqual([1, 3]);
  });

  it('[SK1] counts as dropped what it says it has lost after all', async () => {
    let lose: (count: number, error?: unknown) => void = () => {};
    const { emit, done } = attach({
      open: (_run, _deadline, lost) => {
        lose = lost;
      },
      write: () => lose(2, new Error('the other side lost two')),
      close: () => lose(1),
    });
    emit(1, 5);
    expect(await done()).toEqual([
      { name: 'sink', delivered: 2, dropped: 3, error: 'the other side lost two' },
    ]);
  });

  it('attached late, gets the configuration and the recent past first', async () => {
    const bus = createMetricBus({ historySize: 100 });
    bus.config(0, { seed: 42 });
    const attachNow = (write: (events: readonly MetricEvent[]) => void) =>
      attachSinks(bus.metrics$, [defineSink({ name: 'late', write })], runInfo, { log: { warn: vi.fn() } });
    const early = attachNow(() => undefined);
    for (let step = 1; step <= 500; step++) bus.scalar(step, 'x', step);
    const received: MetricEvent[] = [];
    const late = attachNow((events) => void received.push(...events));
    bus.scalar(501, 'x', 501);
    bus.complete();
    await Promise.all([early.done(), late.done()]);
    expect(received[0]).toMatchObject({ kind: 'config', config: { seed: 42 } });
    expect(steps(received.slice(1))).toEqual(range(401, 501));
  });

  it('costs no read-back before it is attached', () => {
    const bus = createMetricBus();
    let reads = 0;
    const lazy = () => {
      reads++;
      return 1;
    };
    bus.scalars(1, 'train', { loss: lazy, psnr: lazy });
    expect(reads).toBe(0);
    attachSinks(bus.metrics$, [defineSink({ name: 'sink', write: () => undefined })], runInfo, {
      log: { warn: vi.fn() },
    });
    bus.scalars(2, 'train', { loss: lazy, psnr: lazy });
    expect(reads).toBe(2);
  });
});
