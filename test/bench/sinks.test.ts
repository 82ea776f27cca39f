import { expect, it } from 'vitest';
import { benchSinks } from '../../bench/sinks.ts';

it('ten sinks get each of 200 metrics in every step, at little cost', async () => {
  const result = await benchSinks(100, 200, 10);
  expect(result.dropped).toBe(0);
  // The config, and in every step the metrics, the loss and the step's time; the times of its phases now and then.
  expect(result.delivered).toBeGreaterThanOrEqual(1 + 100 * 202);
  expect(result.delivered).toBeLessThan(1 + 100 * 204);
  // On a machine that is not shared it is some 0.3.
  expect(result.microsecondsPerEventAndSink).toBeLessThan(10);
  expect(result.memory.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});
