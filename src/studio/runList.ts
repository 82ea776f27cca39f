/** The list of runs, made once for all pages that ask: what has hardly changed is not asked for again, and nothing is asked while nobody looks. */
import type { RunEntry, RunMode } from './protocol.ts';

export interface RunListOptions {
  /** Names of the folders that runs may lie in. */
  readonly names: () => Promise<readonly string[]>;
  /** Asks whether a process trains the run now. */
  readonly isRunning: (name: string) => Promise<boolean>;
  /** Undefined for a folder that is no run's. */
  readonly describe: (name: string, mode: RunMode) => Promise<RunEntry | undefined>;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
}

export interface RunList {
  /** Newest first. As old as {@link freshMs} at most. */
  read(): Promise<readonly RunEntry[]>;
  /** Something has changed that nobody could foresee: the next answer is made anew. */
  renew(): void;
}

/** One answer serves whoever asks within so long. */
export const freshMs = 3_000;
/** A run that did not train when it was asked is asked again after so long, then after twice that, and so on. */
const firstPauseMs = 3_000;
const longestPauseMs = 60_000;

/** What is known of whether a run trains. */
interface Asked {
  readonly isRunning: boolean;
  readonly at: number;
  readonly pauseMs: number;
}

export function createRunList({ names, isRunning, describe, now }: RunListOptions): RunList {
  const asked = new Map<string, Asked>();
  let answer: { readonly at: number; readonly runs: Promise<readonly RunEntry[]> } | undefined;

  const trains = async (name: string): Promise<boolean> => {
    const known = asked.get(name);
    if (known && now() - known.at < known.pauseMs) return known.isRunning;
    const found = await isRunning(name);
    const pauseMs = found || !known ? firstPauseMs : Math.min(longestPauseMs, 2 * known.pauseMs);
    asked.set(name, { isRunning: found, at: now(), pauseMs });
    return found;
  };
  const make = async (): Promise<readonly RunEntry[]> => {
    const found = await names();
    for (const name of asked.keys()) if (!found.includes(name)) asked.delete(name);
    const runs = await Promise.all(
      found.map(async (name) => describe(name, (await trains(name)) ? 'attached' : 'finished')),
    );
    return runs.filter((run) => run !== undefined).sort((a, b) => b.changedAt - a.changedAt);
  };
  return {
    read() {
      if (!answer || now() - answer.at >= freshMs) {
        const made = { at: now(), runs: make() };
        answer = made;
        made.runs.catch(() => {
          if (answer === made) answer = undefined;
        });
      }
      return answer.runs;
    },
    renew() {
      answer = undefined;
      asked.clear();
    },
  };
}
