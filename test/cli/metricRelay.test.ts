import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TrainerStatus } from '../../machines/trainer.ts';
import { metricRelay, type RelayBatch } from '../../src/cli/metricRelay.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';

const scalar = (step: number): MetricEvent => ({ kind: 'scalar', tag: 'a', step, wallTime: 0, value: step });
const status = (state: TrainerStatus['state'], step: number): TrainerStatus => ({
  state,
  step,
  maxSteps: 9,
  trainSeconds: 0,
  metrics: {},
  learningRates: {},
});
const steps = (batch: RelayBatch | undefined) => batch?.metrics.map(({ step }) => step);

describe('metricRelay', () => {
  it('sends one batch for everything that arrives within a macrotask, in order', async () => {
    const batches: RelayBatch[] = [];
    const relay = metricRelay((batch) => batches.push(batch));
    relay.metric(scalar(1));
    relay.metric(scalar(2));
    expect(batches).toEqual([]);
    await macrotask();
    relay.metric(scalar(3));
    await macrotask();
    expect(batches.map(steps)).toEqual([[1, 2], [3]]);
  });

  it('keeps collecting, bounded, while the receiver stands still; says how many were lost', async () => {
    const batches: RelayBatch[] = [];
    const relay = metricRelay((batch) => batches.push(batch), { maxEvents: 5, maxUnhandled: 2 });
    for (let step = 1; step <= 100; step++) {
      relay.metric(scalar(step));
      await macrotask();
    }
    expect(batches.map(steps)).toEqual([[1], [2]]);
    relay.handled();
    await macrotask();
    expect(steps(batches[2])).toEqual([96, 97, 98, 99, 100]);
    expect(batches.map(({ dropped }) => dropped)).toEqual([0, 0, 93]);
  });

  it('shows every state once, with its newest numbers', async () => {
    const batches: RelayBatch[] = [];
    const relay = metricRelay((batch) => batches.push(batch));
    for (const [state, step] of [
      ['training', 1],
      ['training', 2],
      ['evaluating', 2],
      ['training', 3],
    ] as const)
      relay.status(status(state, step));
    await macrotask();
    expect(batches[0]?.statuses.map(({ state, step }) => `${state} ${step}`)).toEqual([
      'training 2',
      'evaluating 2',
      'training 3',
    ]);
  });

  it('is drained when the last batch was handled, or when time is up', async () => {
    let sent = 0;
    const relay = metricRelay(() => sent++);
    relay.metric(scalar(1));
    let drained = false;
    const wait = relay.drained(5_000).then(() => {
      drained = true;
    });
    await macrotask();
    expect([sent, drained]).toEqual([1, false]);
    relay.handled();
    await wait;
    relay.metric(scalar(2));
    await relay.drained(20);
  });
});
