import { describe, expect, it } from 'vitest';
import { createMetricBus } from '../../streams/metricBus.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';

const clock = { now: () => 1_790_000_000_123, monotonic: () => 0 };
const picture = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };

function received(bus: ReturnType<typeof createMetricBus>): MetricEvent[] {
  const events: MetricEvent[] = [];
  bus.metrics$.subscribe((event) => events.push(event));
  return events;
}

describe('metricBus', () => {
  it('emits one event a scalar, with seconds since the epoch', () => {
    const bus = createMetricBus({ clock });
    const events = received(bus);
    bus.scalars(3, 'train', { psnr: 20, rays: () => 4096 });
    expect(events).toEqual([
      { kind: 'scalar', tag: 'train/psnr', step: 3, wallTime: 1_790_000_000.123, value: 20 },
      { kind: 'scalar', tag: 'train/rays', step: 3, wallTime: 1_790_000_000.123, value: 4096 },
    ]);
    expect([...bus.latest]).toEqual([
      ['train/psnr', 20],
      ['train/rays', 4096],
    ]);
  });

  it('[ST7] reads lazy numbers only while somebody subscribes or demands', () => {
    const bus = createMetricBus();
    let reads = 0;
    const emit = () => bus.scalars(1, 'train', { loss: () => ++reads });
    emit();
    expect([reads, bus.observed]).toEqual([0, false]);
    const subscription = bus.metrics$.subscribe();
    emit();
    expect([reads, bus.observed]).toEqual([1, true]);
    subscription.unsubscribe();
    emit();
    expect(reads).toBe(1);
    const release = bus.demand();
    emit();
    release();
    release();
    emit();
    expect([reads, bus.observed, bus.latest.get('train/loss')]).toEqual([2, false, undefined]);
  });

  it('[WR1] completes, and never errors', () => {
    const bus = createMetricBus();
    const outcome: string[] = [];
    bus.metrics$.subscribe({ error: () => outcome.push('error'), complete: () => outcome.push('complete') });
    bus.complete();
    bus.scalar(1, 'late', 1);
    expect(outcome).toEqual(['complete']);
  });

  it('[WR3] gives late subscribers nothing that a rollback made void', () => {
    const bus = createMetricBus({ clock, historySize: 4 });
    const release = bus.demand();
    for (let step = 1; step <= 7; step++) bus.scalar(step, 'train/loss', step);
    bus.image(6, 'eval/images/0', picture);
    bus.text(5, 'train/rollback', 'back to step 5');
    for (let step = 6; step <= 7; step++) bus.scalar(step, 'train/loss', 10 * step);
    release();
    expect(received(bus).map((event) => [event.step, 'value' in event ? event.value : event.tag])).toEqual(
      [
        [4, 4],
        [5, 5],
        [5, 'train/rollback'],
        [6, 60],
        [7, 70],
      ].slice(-4),
    );
  });

  it('[WR3] gives late subscribers the config, the newest image and the newest events', () => {
    const bus = createMetricBus({ clock, historySize: 3 });
    bus.emit({ kind: 'text', tag: 't', step: 0, wallTime: 0, text: 'first' });
    bus.config(0, { method: 'line' });
    const release = bus.demand();
    for (let step = 1; step <= 5; step++) bus.scalar(step, 'train/loss', step);
    bus.image(4, 'eval/images/0', picture);
    bus.image(5, 'eval/images/1', picture);
    release();
    const late = received(bus);
    expect(late.map(({ tag, step }) => `${tag}@${step}`)).toEqual([
      'config@0',
      'eval/images/1@5',
      'train/loss@3',
      'train/loss@4',
      'train/loss@5',
    ]);
    bus.scalar(6, 'train/loss', 6);
    expect(late.at(-1)?.step).toBe(6);
  });
});
