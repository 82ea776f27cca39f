/** Spreads work over turns of the event loop. */
import { Observable } from 'rxjs';
import { type YieldTo, yieldToEventLoop } from './yieldToEventLoop.ts';

/**
 * Does the work of a generator and emits what it returns.
 *
 * - Timing: each `next()` in a macrotask of its own; one emission, then it completes. What is yielded is not emitted.
 * - Ownership: the emission is the receiver's. Unsubscribing leaves out the rest and calls the generator's `return()`.
 * - Errors: what the generator throws.
 * - Resume state: none.
 *
 * @example takeTurns(pipeline.render(request)).subscribe((image) => show(image))
 */
export function takeTurns<Result>(
  work: Generator<unknown, Result>,
  yieldTo: YieldTo = yieldToEventLoop,
): Observable<Result> {
  return new Observable((subscriber) => {
    let callOff = () => {};
    let running = false;
    const leave = (): void => {
      callOff();
      // Called from within a piece, which ends first.
      if (!running) work.return(undefined as never);
    };
    const turn = (): IteratorResult<unknown, Result> => {
      running = true;
      try {
        return work.next();
      } finally {
        running = false;
      }
    };
    const next = (): void => {
      try {
        const { done, value } = turn();
        if (subscriber.closed) leave();
        else if (done) {
          subscriber.next(value);
          subscriber.complete();
        } else callOff = yieldTo(next);
      } catch (error) {
        subscriber.error(error);
      }
    };
    callOff = yieldTo(next);
    return leave;
  });
}
