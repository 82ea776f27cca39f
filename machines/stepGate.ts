/** Tells whether a step is being computed, so that nothing interrupts one. */
import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { YieldTo } from '../streams/yieldToEventLoop.ts';

export interface StepGate {
  /** From the beginning of a step until it is committed and published. */
  readonly inStep: boolean;
  /** Runs every step of a source behind the gate. `onOpen` is called before each. */
  guard(yieldTo: YieldTo, onOpen: () => void): YieldTo;
  /** The operator that marks the end of a step. */
  leave<T>(): MonoTypeOperatorFunction<T>;
}

/** @example trainSteps(pipeline, { from, yieldTo: gate.guard(yieldTo, applyFactors) }).pipe(..., gate.leave()) */
export function createStepGate(): StepGate {
  let inStep = false;
  return {
    get inStep() {
      return inStep;
    },
    guard: (yieldTo, onOpen) => (task) =>
      yieldTo(() => {
        inStep = true;
        try {
          onOpen();
          task();
        } finally {
          inStep = false;
        }
      }),
    leave: () =>
      tap(() => {
        inStep = false;
      }),
  };
}
