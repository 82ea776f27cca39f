/** How a stream lets the rest of the process run between two pieces of work. */

/** Runs `task` later, in a macrotask of its own; the returned function calls it off. */
export type YieldTo = (task: () => void) => () => void;

/**
 * One turn of the event loop (`setImmediate`, about 4 µs): timers, sockets and commands get their chance before every
 * step. A promise would starve them, a timer would cost a millisecond; where there is nothing else, it is a timer.
 */
export const yieldToEventLoop: YieldTo = (task) => {
  const { setImmediate: callNext, clearImmediate: callOff }: Partial<typeof globalThis> = globalThis;
  if (callNext && callOff) {
    const handle = callNext(task);
    return () => callOff(handle);
  }
  const timer = setTimeout(task, 0);
  return () => clearTimeout(timer);
};
