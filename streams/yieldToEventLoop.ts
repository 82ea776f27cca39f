/** How a stream lets the rest of the process run between two pieces of work. */

/** Runs `task` later, in a macrotask of its own; the returned function calls it off. */
export type YieldTo = (task: () => void) => () => void;

/**
 * One turn of the event loop (`setImmediate`, about 4 µs): timers, sockets and commands get their chance before every
 * step. A promise would starve them, a timer would cost a millisecond.
 */
export const yieldToEventLoop: YieldTo = (task) => {
  const handle = setImmediate(task);
  return () => clearImmediate(handle);
};
