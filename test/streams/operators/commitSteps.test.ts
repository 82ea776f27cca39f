import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { StepError } from '../../../src/errors.ts';
import { commitSteps } from '../../../streams/operators/commitSteps.ts';
import type { TrainStep } from '../../../streams/step.ts';

const step = (number: number): TrainStep => ({ step: number, losses: {}, gradients: {} });
const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('commitSteps', () => {
  it('[ST5] commits every step once, then passes it on, at the same moment', () => {
    const commits: number[] = [];
    const values = { a: step(1), b: step(2) };
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a--b-|', values);
      expectObservable(source.pipe(commitSteps({ commit: (n) => commits.push(n) }))).toBe('-a--b-|', values);
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    });
    expect(commits).toEqual([1, 2]);
  });

  it('passes steps on for a pipeline that commits nothing', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('ab|', { a: step(1), b: step(2) }).pipe(commitSteps({}))).toBe('ab|', {
        a: step(1),
        b: step(2),
      });
    });
  });

  it('[ST3] errors with the step, and unsubscribes from the source', () => {
    const pipeline = {
      commit(n: number) {
        if (n === 2) throw new Error('grid is full');
      },
    };
    const values = { a: step(1), b: step(2), c: step(3) };
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c|', values);
      const error = new StepError("step 2: the pipeline's commit failed: grid is full", 2);
      expectObservable(source.pipe(commitSteps(pipeline))).toBe('a-#', values, error);
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });
});
