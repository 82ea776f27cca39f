import { Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConfigError, StepError } from '../../src/errors.ts';
import type { TrainStepOutput } from '../../src/pipeline/pipeline.ts';
import type { TrainStep } from '../../streams/step.ts';
import { trainSteps } from '../../streams/trainSteps.ts';
import type { YieldTo } from '../../streams/yieldToEventLoop.ts';

/** Tasks wait until the test runs them. */
function manualTurns() {
  const waiting: (() => void)[] = [];
  const yieldTo: YieldTo = (task) => {
    waiting.push(task);
    return () => {
      const index = waiting.indexOf(task);
      if (index >= 0) waiting.splice(index, 1);
    };
  };
  return { yieldTo, waiting, turn: () => waiting.shift()?.() };
}

function countingPipeline(onStep: (step: number) => void = () => {}) {
  const computed: number[] = [];
  return {
    computed,
    trainStep(step: number): TrainStepOutput {
      computed.push(step);
      onStep(step);
      return { losses: { loss: step / 2 }, gradients: {} };
    },
  };
}

describe('trainSteps', () => {
  it('[ST1] computes one step a turn, numbered from `from`, and completes after `until`', () => {
    const { yieldTo, turn, waiting } = manualTurns();
    const pipeline = countingPipeline();
    const events: unknown[] = [];
    trainSteps(pipeline, { from: 5, until: 6, yieldTo }).subscribe({
      next: (step) => events.push(step),
      complete: () => events.push('complete'),
    });
    expect(pipeline.computed).toEqual([]);
    turn();
    expect(events).toEqual([{ step: 5, losses: { loss: 2.5 }, gradients: {} }]);
    expect(pipeline.computed).toEqual([5]);
    turn();
    expect(events.at(-1)).toBe('complete');
    expect(pipeline.computed).toEqual([5, 6]);
    expect(waiting).toEqual([]);
  });

  it('[ST1] schedules the next step only after the emission has returned', () => {
    const { yieldTo, turn, waiting } = manualTurns();
    const during: number[] = [];
    trainSteps(countingPipeline(), { from: 1, yieldTo }).subscribe(() => during.push(waiting.length));
    turn();
    expect(during).toEqual([0]);
    expect(waiting).toHaveLength(1);
  });

  it('[ST1] lets timers and I/O in between: a timer of 0 ms fires long before 1000 steps are done', async () => {
    let steps = 0;
    const subscription = trainSteps(countingPipeline(), { from: 1 }).subscribe(() => steps++);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const seen = steps;
    await new Promise((resolve) => setTimeout(resolve, 5));
    subscription.unsubscribe();
    expect(seen).toBeLessThan(1_000);
    expect(steps).toBeGreaterThan(seen);
  });

  it('[ST2] discards the step when it is unsubscribed while the pipeline computes', () => {
    const { yieldTo, turn, waiting } = manualTurns();
    const subscription = new Subscription();
    const emitted: TrainStep[] = [];
    const pipeline = countingPipeline((step) => step === 2 && subscription.unsubscribe());
    subscription.add(trainSteps(pipeline, { from: 1, yieldTo }).subscribe((step) => emitted.push(step)));
    turn();
    turn();
    expect(pipeline.computed).toEqual([1, 2]);
    expect(emitted.map(({ step }) => step)).toEqual([1]);
    expect(waiting).toEqual([]);
  });

  it('[ST2] calls off the waiting step when it is unsubscribed between steps', () => {
    const { yieldTo, waiting } = manualTurns();
    const subscription = trainSteps(countingPipeline(), { from: 1, yieldTo }).subscribe();
    expect(waiting).toHaveLength(1);
    subscription.unsubscribe();
    expect(waiting).toEqual([]);
  });

  it('[ST3] errors with the step number, the cause, and passes own errors on as they are', () => {
    const fail = (error: unknown): unknown => {
      const { yieldTo, turn } = manualTurns();
      let received: unknown;
      const pipeline = countingPipeline(() => {
        throw error;
      });
      trainSteps(pipeline, { from: 7, yieldTo }).subscribe({ error: (value) => (received = value) });
      turn();
      return received;
    };
    const cause = new Error('out of paint');
    const wrapped = fail(cause) as StepError;
    expect(wrapped).toBeInstanceOf(StepError);
    expect(wrapped).toMatchObject({ step: 7, cause, message: 'step 7: the pipeline failed: out of paint' });
    const own = new ConfigError('no such thing');
    expect(fail(own)).toBe(own);
  });

  it('emits nothing when the last step lies behind', () => {
    const pipeline = countingPipeline();
    let completed = false;
    trainSteps(pipeline, { from: 4, until: 3 }).subscribe({ complete: () => (completed = true) });
    expect([completed, pipeline.computed]).toEqual([true, []]);
  });
});
