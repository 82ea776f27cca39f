import { setTimeout as delay } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { attachSinks } from '../../streams/attachSinks.ts';
import { defineSink, type SinkDefinition } from '../../streams/defineSink.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';

function attach(definition: Partial<SinkDefinition> & Pick<SinkDefinition, 'write'>) {
  const metrics$ = new Subject<MetricEvent>();
  const sink = defineSink({ name: 'sink', ...definition });
  const run = { runId: 'test', config: {}, fromStep: 7 };
  const { done } = attachSinks(metrics$, [sink], run, { log: { warn: () => undefined } });
  const emit = (from: number, to: number) => {
    for (let step = from; step <= to; step++)
      metrics$.next({ kind: 'scalar', tag: 'x', step, wallTime: 0, value: step });
  };
  return { emit, done };
}

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
