/** SIGINT and SIGTERM: the first asks the run to finish its step and save, the second ends the process at once. */

/** Exit code of a run that was interrupted. */
export const interruptedExitCode = 130;

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
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}
