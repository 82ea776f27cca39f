import { filter, map, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createMetricBus } from '../../streams/metricBus.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import { isScalar } from '../../streams/metricEvent.ts';

function received(bus: ReturnType<typeof createMetricBus>): MetricEvent[] {
  const events: MetricEvent[] = [];
  bus.metrics$.subscribe((event) => events.push(event));
  return events;
}

describe('isolatedObservable', () => {
  it('[WR2] leaves out a subscriber that throws, tells, and serves the others', () => {
    const failures: unknown[] = [];
    const bus = createMetricBus({ onSubscriberFailure: (error) => failures.push(error) });
    const before = received(bus);
    let calls = 0;
    bus.metrics$.subscribe(() => {
      calls += 1;
      throw new Error('sink broke');
    });
    const after = received(bus);
    bus.scalar(1, 'a', 1);
    bus.scalar(2, 'a', 2);
    expect(failures).toEqual([new Error('sink broke')]);
    expect([calls, before.length, after.length]).toEqual([1, 2, 2]);
  });

  it('[WR2] isolates what is behind operators, and errors that nobody handles', async () => {
    const failures: unknown[] = [];
    const bus = createMetricBus({ onSubscriberFailure: (error) => failures.push((error as Error).message) });
    const values = bus.metrics$.pipe(
      filter(isScalar('a')),
      map(({ value }) => value),
    );
    values.pipe(take(5)).subscribe(() => {
      throw new Error('behind operators');
    });
    values
      .pipe(
        map((): number => {
          throw new Error('in an operator');
        }),
      )
      .subscribe();
    values.subscribe({
      next: () => {},
      complete: () => {
        throw new Error('at the end');
      },
    });
    bus.scalar(1, 'a', 1);
    bus.complete();
    // RxJS throws unhandled errors in a timer of 0 ms; vitest fails the run on an uncaught exception.
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(failures).toEqual(['behind operators', 'in an operator', 'at the end']);
  });

  it('[WR2] isolates what asynchronous subscribers reject with', async () => {
    const failures: unknown[] = [];
    const bus = createMetricBus({ onSubscriberFailure: (error) => failures.push((error as Error).message) });
    bus.metrics$.subscribe(async ({ step }) => {
      throw new Error(`later, of step ${step}`);
    });
    const others = received(bus);
    bus.scalar(1, 'a', 1);
    // Node ends a process over a rejection that nobody handles; vitest fails the run.
    await new Promise((resolve) => setTimeout(resolve, 5));
    bus.scalar(2, 'a', 2);
    expect([failures, others.length]).toEqual([['later, of step 1'], 2]);
  });
});
