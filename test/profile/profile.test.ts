import { describe, expect, it } from 'vitest';
import { createBoundedLog } from '../../src/profile/boundedLog.ts';
import { createMovingAverages } from '../../src/profile/movingAverages.ts';
import { createPhaseClock, untimed } from '../../src/profile/phaseClock.ts';
import { createTraceRecorder } from '../../src/profile/traceRecorder.ts';
import { misnested, spansOf, traceFile } from './traceEventFormat.ts';

describe('moving averages', () => {
  it('are the mean at first, then follow by one part in `window`', () => {
    const averages = createMovingAverages(3);
    const seen = [10, 20, 60, 60, 0].map((value) => {
      averages.add('a', value);
      return averages.get('a');
    });
    // (10), (10+20)/2, (10+20+60)/3, then 30 + 30/3, then 40 - 40/3.
    expect(seen).toEqual([10, 15, 30, 40, 40 - 40 / 3]);
    averages.add('b', 7);
    expect([...averages.entries()].map(([name]) => name)).toEqual(['a', 'b']);
    expect(averages.get('c')).toBeUndefined();
  });
});

describe('a phase clock', () => {
  it('counts phases within each other, returns what the work returns, and counts work that throws', () => {
    const time = { milliseconds: 100 };
    const heard: [string, number, number][] = [];
    const clock = createPhaseClock({ monotonic: () => time.milliseconds }, [
      (...phase) => heard.push(phase),
      ([name]) => name,
    ]);
    const result = clock.time('outer', () => {
      time.milliseconds += 1;
      const inner = clock.time('inner', () => {
        time.milliseconds += 5;
        return 42;
      });
      time.milliseconds += 2;
      return inner + 1;
    });
    const broken = () =>
      clock.time('broken', () => {
        time.milliseconds += 3;
        throw new Error('no');
      });
    expect(result).toBe(43);
    expect(broken).toThrow('no');
    expect(heard).toEqual([
      ['inner', 101, 106],
      ['outer', 100, 108],
      ['broken', 108, 111],
    ]);
    expect(untimed('whatever', () => 7)).toBe(7);
  });
});

describe('a bounded log', () => {
  it('keeps the first and the newest and counts the others', () => {
    const log = createBoundedLog<number>(2, 3);
    for (let value = 1; value <= 4; value++) log.push(value);
    expect([log.values(), log.omitted]).toEqual([[1, 2, 3, 4], 0]);
    for (let value = 5; value <= 10; value++) log.push(value);
    expect([log.values(), log.omitted]).toEqual([[1, 2, 8, 9, 10], 5]);
  });
});

describe('a trace', () => {
  it('[TM4] follows the Trace Event Format: microseconds, parents before children, threads with names', () => {
    const trace = createTraceRecorder({ beganMs: 1000, facts: { run: 'abc' } });
    trace.span('trainer', 'forward', 1001, 1003.25);
    trace.span('trainer', 'step', 1001, 1010, { step: 1 });
    trace.span('checkpoint writer', 'checkpoint_write', 1005, 1050);
    trace.counter('loss', 1009, { loss: 0.5, nothing: Number.NaN });
    trace.counter('nothing', 1009, { value: Number.POSITIVE_INFINITY });
    const file = traceFile.parse(JSON.parse(trace.toJson()));
    expect(file.otherData).toEqual({ run: 'abc', omittedEvents: '0' });
    const own = file.traceEvents.filter(({ ph }) => ph !== 'M');
    const common = { cat: 'nerfstream', pid: 1 };
    expect(own).toEqual([
      { ph: 'X', name: 'step', ...common, tid: 1, ts: 1000, dur: 9000, args: { step: 1 } },
      { ph: 'X', name: 'forward', ...common, tid: 1, ts: 1000, dur: 2250 },
      { ph: 'X', name: 'checkpoint_write', ...common, tid: 2, ts: 5000, dur: 45_000 },
      { ph: 'C', name: 'loss', ...common, tid: 1, ts: 9000, args: { loss: 0.5 } },
    ]);
    const named = file.traceEvents.filter(({ name }) => name === 'thread_name');
    expect(named.map(({ args }) => args)).toEqual([{ name: 'trainer' }, { name: 'checkpoint writer' }]);
  });

  it('[TM5] never grows beyond its limits, and says how much it left out', () => {
    const trace = createTraceRecorder({ beganMs: 0, firstEvents: 10, newestEvents: 20 });
    for (let step = 0; step < 1_000; step++) trace.span('trainer', 'step', step, step + 0.9, { step });
    const file = traceFile.parse(JSON.parse(trace.toJson()));
    const steps = spansOf(file).map(({ args }) => args?.['step']);
    expect(steps).toEqual([
      ...Array.from({ length: 10 }, (_, index) => index),
      ...Array.from({ length: 20 }, (_, index) => 980 + index),
    ]);
    expect(file.otherData['omittedEvents']).toBe('970');
    expect(misnested(file)).toEqual([]);
  });

  it('its check finds spans that overlap', () => {
    const trace = createTraceRecorder({ beganMs: 0 });
    trace.span('trainer', 'a', 0, 2);
    trace.span('trainer', 'b', 1, 3);
    expect(misnested(traceFile.parse(JSON.parse(trace.toJson())))).toEqual([['a', 'b']]);
  });
});
