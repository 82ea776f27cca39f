/** SIGINT, SIGTERM, and SIGHUP (the terminal or its connection is gone): the first asks the run to finish its step and save, the second ends the process at once. */

/** Exit code of a run that was interrupted. */
export const interruptedExitCode = 130;

const signalsToEnd = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `onFirst` at the first signal; at the second `onSecond`, and the process exits with 130.
 * Checkpoints are complete files from the moment they bear their name, so an exit at any moment harms none.
 * @returns stops listening.
 */
export function handleInterrupts(
  onFirst: (signal: NodeJS.Signals) => void,
  onSecond: (signal: NodeJS.Signals) => void,
): () => void {
  let signals = 0;
  const listener = (signal: NodeJS.Signals) => {
    signals++;
    if (signals === 1) return onFirst(signal);
    onSecond(signal);
    process.exit(interruptedExitCode);
  };
  for (const signal of signalsToEnd) process.on(signal, listener);
  return () => {
    for (const signal of signalsToEnd) process.off(signal, listener);
  };
}
