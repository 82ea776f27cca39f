/**
 * Asynchronous successive halving (ASHA): Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar, "A System for Massively
 * Parallel Hyperparameter Tuning", MLSys 2020, Algorithm 2.
 *
 * Trials climb a ladder of rungs: rung k trains to minSteps * reductionFactor^k steps, the last one to maxSteps. Whoever has a free place asks what to do: a
 * trial among the best 1/reductionFactor of its rung goes up, at the highest rung where there is one; else a new trial begins at the lowest. Nobody
 * waits for a rung to fill.
 *
 * Other than in the paper, the trials are finite, and their last rung is maxSteps even where that is no power. So that few trials have a winner,
 * too, the best of the highest rung goes up once nothing else can be done.
 */

export interface AshaSettings {
  /** Steps of the lowest rung. */
  readonly minSteps: number;
  /** Steps of the highest rung, above `minSteps`. */
  readonly maxSteps: number;
  /** Of so many trials of a rung one goes up; at least 2. */
  readonly reductionFactor: number;
  /** Whether larger or smaller values are better. */
  readonly mode: 'max' | 'min';
}

/** A trial that is to train, or has trained, to the steps of a rung. */
export interface Rung {
  readonly trial: string;
  /** From 0, the lowest. */
  readonly rung: number;
  readonly steps: number;
}

export interface Asha {
  /** What a free place does next; undefined while nothing can be said, and at the end. */
  next(): Rung | undefined;
  /**
   * A trial has come to a rung, or failed on its way there.
   * @param value of the metric; undefined where there is none: such a trial counts as the worst, and goes no further
   */
  report(trial: string, rung: number, value: number | undefined): void;
}

/** A trial's value at a rung, in the order of reports. */
interface Entry {
  readonly trial: string;
  /** Larger is better. */
  readonly score: number;
}

/** The steps of each rung, ascending. @throws RangeError for settings that make no ladder */
export function rungSteps({
  minSteps,
  maxSteps,
  reductionFactor,
}: Omit<AshaSettings, 'mode'>): readonly number[] {
  if (!(minSteps > 0 && maxSteps > minSteps && reductionFactor >= 2))
    throw new RangeError('expected 0 < minSteps < maxSteps and reductionFactor >= 2');
  const steps: number[] = [];
  for (let at = minSteps; at < maxSteps; at *= reductionFactor) steps.push(Math.round(at));
  return [...steps, maxSteps];
}

/**
 * @param trials in the order in which they begin
 * @param earlier what happened before an interruption: `begun` are rungs that were on their way; they are what comes first
 */
export function createAsha(
  trials: readonly string[],
  settings: AshaSettings,
  earlier: {
    readonly reports?: readonly {
      readonly trial: string;
      readonly rung: number;
      readonly value: number | undefined;
    }[];
    readonly begun?: readonly { readonly trial: string; readonly rung: number }[];
  } = {},
): Asha {
  const { reductionFactor, mode } = settings;
  const steps = rungSteps(settings);
  const rungs = steps.map(() => ({
    /** Trials that are there, or on their way. */
    entered: new Set<string>(),
    reported: new Set<string>(),
    /** Those with a value, the best first. */
    ranked: [] as Entry[],
  }));
  let fresh = 0;
  const running = new Set<string>();
  const report = (trial: string, rung: number, value: number | undefined): void => {
    const at = rungs[rung];
    if (!at) throw new RangeError(`there is no rung ${rung}`);
    running.delete(trial);
    at.entered.add(trial);
    if (at.reported.has(trial)) return;
    at.reported.add(trial);
    if (value !== undefined && !Number.isNaN(value))
      insert(at.ranked, { trial, score: mode === 'max' ? value : -value });
  };
  for (const { trial, rung, value } of earlier.reports ?? []) report(trial, rung, value);
  const again = (earlier.begun ?? []).filter(({ trial, rung }) => !rungs[rung]?.reported.has(trial));
  for (const { trial, rung } of again) rungs[rung]?.entered.add(trial);

  const begin = (trial: string, rung: number): Rung => {
    rungs[rung]!.entered.add(trial);
    running.add(trial);
    return { trial, rung, steps: steps[rung]! };
  };
  /** Who of the best of a rung has not gone up yet: the best of them. */
  const waiting = (rung: number, count: number): string | undefined => {
    const { ranked } = rungs[rung]!;
    for (let rank = 0; rank < Math.min(count, ranked.length); rank++)
      if (!rungs[rung + 1]!.entered.has(ranked[rank]!.trial)) return ranked[rank]!.trial;
    return undefined;
  };
  const newTrial = (): string | undefined => {
    while (fresh < trials.length && rungs[0]!.entered.has(trials[fresh]!)) fresh++;
    return trials[fresh];
  };
  return {
    report,
    next() {
      const interrupted = again.shift();
      if (interrupted) return begin(interrupted.trial, interrupted.rung);
      for (let rung = steps.length - 2; rung >= 0; rung--) {
        const up = waiting(rung, Math.floor(rungs[rung]!.reported.size / reductionFactor));
        if (up !== undefined) return begin(up, rung + 1);
      }
      const trial = newTrial();
      if (trial !== undefined) return begin(trial, 0);
      if (running.size > 0) return undefined;
      const top = rungs.findLastIndex(({ ranked }) => ranked.length > 0);
      const winner = top >= 0 && top < steps.length - 1 ? waiting(top, 1) : undefined;
      return winner === undefined ? undefined : begin(winner, top + 1);
    },
  };
}

/** Keeps the best first; of equal ones who came first. */
function insert(ranked: Entry[], entry: Entry): void {
  let [low, high] = [0, ranked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranked[middle]!.score >= entry.score) low = middle + 1;
    else high = middle;
  }
  ranked.splice(low, 0, entry);
}
