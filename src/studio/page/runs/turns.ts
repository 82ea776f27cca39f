/** One thing at a time, in the order in which it was asked for; what is no longer wanted when its turn comes is left out. */
export type Turns = (work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal) => void;

/** Work that fails does not keep up what comes after it. */
export function createTurns(): Turns {
  let last = Promise.resolve();
  return (work, signal) => {
    last = last.then(() => (signal.aborted ? undefined : work(signal))).catch(() => undefined);
  };
}
