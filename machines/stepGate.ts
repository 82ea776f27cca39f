/** Tells whether a step is being computed, so that nothing interrupts one. */
import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { YieldTo } from '../streams/yieldToEventLoop.ts';

export interface StepGate {
  /** From the beginning of a step until it is committed and published. */
  readonly inStep: boolean;
  /** The state is that of a step boundary: no step has begun to change it and failed since. */
  readonly whole: boolean;
  /** Runs every step of a source behind the gate. `onOpen` is called before each. */
  guard(yieldTo: YieldTo, onOpen: () => void): YieldTo;
  /** The operator from which on a step changes state: of guards, accumulators, optimizers, the pipeline. */
  change<T>(): MonoTypeOperatorFunction<T>;
  /** The operator that marks the end of a step. */
  leave<T>(): MonoTypeOperatorFunction<T>;
}

/** @example trainSteps(pipeline, { from, yieldTo: gate.guard(yieldTo, count) }).pipe(gate.change(), ..., gate.leave()) */
export function createStepGate(): StepGate {
  let inStep = false;
  let whole = true;
  return {
    get inStep() {
      return inStep;
    },
    get whole() {
      return whole;
    },
    guard: (yieldTo, onOpen) => (task) =>
      yieldTo(() => {
        inStep = true;
        whole = true;
        try {
          onOpen();
          task();
        } finally {
          inStep = false;
        }
      }),
    change: () =>
      tap(() => {
        whole = false;
      }),
    leave: () =>
      tap(() => {
        whole = true;
        inStep = false;
      }),
  };
}
