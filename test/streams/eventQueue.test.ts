import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../streams/eventQueue.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';

const scalar = (step: number): MetricEvent => ({ kind: 'scalar', tag: 'x', step, wallTime: 0, value: 0 });
const image = (step: number, bytes: number): MetricEvent => ({
  kind: 'image',
  tag: 'x',
  step,
  wallTime: 0,
  image: { width: bytes / 3, height: 1, data: new Uint8Array(bytes) },
});

describe('EventQueue', () => {
  it('gives events back in order, through many compactions', () => {
    const queue = new EventQueue(100_000);
    const taken: number[] = [];
    for (let step = 0; step < 20_000; step++) {
      expect(queue.push(scalar(step))).toBe(0);
      if (step % 3 > 0) taken.push(queue.shift()!.step);
    }
    expect(queue.length).toBe(20_000 - taken.length);
    taken.push(...queue.take(queue.length).map(({ step }) => step));
    expect(taken).toEqual(Array.from({ length: 20_000 }, (_, index) => index));
    expect(queue.shift()).toBeUndefined();
    expect(queue.take(5)).toEqual([]);
  });

  it('drops the oldest, and says how many', () => {
    const queue = new EventQueue(3);
    expect([1, 2, 3, 4, 5].map((step) => queue.push(scalar(step)))).toEqual([0, 0, 0, 1, 1]);
    expect(queue.take(10).map(({ step }) => step)).toEqual([3, 4, 5]);
  });

  it('counts an image by its size, and always keeps the newest event', () => {
    const queue = new EventQueue(10);
    for (let step = 1; step <= 5; step++) queue.push(scalar(step));
    // 6 * 16,384 bytes are 7 units: two of the five scalars go.
    expect(queue.push(image(6, 98_304))).toBe(2);
    expect(queue.push(image(7, 1_638_400))).toBe(4);
    expect(queue.take(10).map(({ step }) => step)).toEqual([7]);
    expect(queue.push(scalar(8))).toBe(0);
    expect(queue.clear()).toBe(1);
    expect(queue.length).toBe(0);
  });
});
