/**
 * SIGINT, SIGTERM, and SIGHUP (the terminal or its connection is gone): the first asks the run to finish its step and save, the
 * second ends the process at once.
 */
import { closeSync } from 'node:fs';

/** Exit code of a run that was interrupted. */
export const interruptedExitCode = 130;

const signalsToEnd = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `onFirst` at the first signal; at the second `onSecond`, and the process exits with 130. A SIGHUP is never the second: a
 * connection that drops sends it twice, by the system and by the shell.
 * Checkpoints are complete files from the moment they bear their name, so an exit at any moment harms none.
 * @returns stops listening.
 */
export function handleInterrupts(
  onFirst: (signal: NodeJS.Signals) => void,
  onSecond: (signal: NodeJS.Signals) => void,
): () => void {
  let signals = 0;
  const listener = (signal: NodeJS.Signals) => {
    if (signal === 'SIGHUP') {
      if (signals > 0) return;
      process.once('exit', closeTerminal);
    }
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

/** Node.js aborts when it sets a terminal that is gone back to how it was; one that is closed it leaves alone. */
function closeTerminal(): void {
  for (const descriptor of [0, 1, 2])
    try {
      closeSync(descriptor);
    } catch {
      // It was closed already.
    }
}
