/** Measures how long values take through a part of the pipe. */
import { defer, type OperatorFunction, tap } from 'rxjs';
import type { PhaseClock } from '../../src/profile/phaseClock.ts';

/**
 * `operator`, with the time from a value's arrival to its emission counted for the phase; what comes behind it does not count.
 *
 * - Timing: as `operator`, which must be synchronous with one emission per source emission.
 * - Ownership: as `operator`.
 * - Errors: as `operator`; a value that errors is not counted.
 * - Resume state: none.
 *
 * @example source.pipe(timePhase(clock, 'optimizer', applyOptimizers(optimizers, schedulers)), commitSteps(pipeline))
 */
export function timePhase<In, Out>(
  clock: Pick<PhaseClock, 'now' | 'record'>,
  phase: string,
  operator: OperatorFunction<In, Out>,
): OperatorFunction<In, Out> {
  return (source) =>
    defer(() => {
      let began = 0;
      return source.pipe(
        tap(() => {
          began = clock.now();
        }),
        operator,
        tap(() => clock.record(phase, began, clock.now())),
      );
    });
}
