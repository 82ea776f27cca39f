/** What of a sweep is carried out next: all runs in order, or by successive halving. Whoever carries it out asks and reports. */
import { createAsha } from './asha.ts';
import type { LoadedSweep, SweepRun } from './loadSweep.ts';
import { lastPriority, type RunEnd, type RunJob } from './runJob.ts';
import { shortHash } from './runNaming.ts';

/** What has become of a run so far: how its last session ended, if one has, and the steps that one was begun for, if it has not ended. */
export interface RunRecord {
  readonly ends: readonly RunEnd[];
  /** It was begun and nobody knows its end: an interruption. `stopAtStep` as in the job. */
  readonly begun?: { readonly stopAtStep?: number | undefined };
}

export interface SweepSchedule {
  /** The next job, or undefined while nothing can be said, and at the end. */
  next(): RunJob | undefined;
  /** How a job ended. One that was given back is not handed out again here: who interrupts goes on later. */
  report(run: string, end: RunEnd): void;
}

/**
 * @param records what is known of runs by name; those that ended for good are not handed out
 * @param retry whether runs that failed are tried again
 */
export function sweepSchedule(
  sweep: Pick<LoadedSweep, 'runs' | 'asha' | 'ladder' | 'metric' | 'mode' | 'seed'>,
  records: ReadonlyMap<string, RunRecord>,
  { retry = false }: { readonly retry?: boolean } = {},
): SweepSchedule {
  const runs = differentRuns(sweep.runs);
  return sweep.ladder
    ? halving({ ...sweep, runs, ladder: sweep.ladder }, records, retry)
    : inOrder(runs, records, retry);
}

/** One run of each configuration: the first one. */
export function differentRuns(runs: readonly SweepRun[]): readonly SweepRun[] {
  const seen = new Set<string>();
  return runs.filter(({ configHash }) => !seen.has(configHash) && seen.add(configHash));
}

function inOrder(
  runs: readonly SweepRun[],
  records: ReadonlyMap<string, RunRecord>,
  retry: boolean,
): SweepSchedule {
  const waiting = runs.filter(({ run }) => !isSettled(records.get(run)?.ends.at(-1), retry));
  return { next: () => waiting.shift()?.job, report() {} };
}

/** Whether nothing is left to do after this end. */
function isSettled(end: RunEnd | undefined, retry: boolean): boolean {
  return end?.outcome === 'finished' || (end?.outcome === 'failed' && !retry);
}

function halving(
  {
    runs,
    ladder,
    asha,
    metric,
    mode,
    seed,
  }: Pick<LoadedSweep, 'runs' | 'metric' | 'mode' | 'seed' | 'asha'> & {
    readonly ladder: readonly number[];
  },
  records: ReadonlyMap<string, RunRecord>,
  retry: boolean,
): SweepSchedule {
  const byName = new Map(runs.map((run) => [run.run, run]));
  /** Which rung each run is on its way to. */
  const heading = new Map<string, number>();
  const top = ladder.length - 1;
  const rungOf = (stopAtStep: number | undefined) =>
    stopAtStep === undefined ? top : ladder.indexOf(stopAtStep);
  const reports = [...records].flatMap(([trial, { ends }]) =>
    byName.has(trial) ? ends.flatMap((end, index) => reported(trial, end, ends.slice(0, index))) : [],
  );
  const begun = [...records].flatMap(([trial, { begun: open }]) => {
    const rung = open && byName.has(trial) ? rungOf(open.stopAtStep) : -1;
    return rung < 0 ? [] : [{ trial, rung }];
  });
  const settings = {
    minSteps: ladder[0]!,
    maxSteps: ladder[top]!,
    reductionFactor: asha!.reductionFactor,
    mode,
  };
  const trials = [...byName.keys()].sort((a, b) => (orderOf(seed, a) < orderOf(seed, b) ? -1 : 1));
  const search = createAsha(trials, settings, { reports, begun });

  /** What an end says of rungs. A run that ended by itself before a rung has nothing more to show: it counts as having come to it. */
  function reported(trial: string, end: RunEnd, before: readonly RunEnd[]) {
    if (end.outcome === 'givenBack' || (end.outcome === 'failed' && retry)) return [];
    const rung =
      end.outcome === 'reachedStep'
        ? ladder.indexOf(end.step)
        : before.filter(({ outcome }) => outcome === 'reachedStep').length;
    return rung < 0
      ? []
      : [{ trial, rung, value: end.outcome === 'failed' ? undefined : end.metrics[metric] }];
  }

  return {
    next() {
      const next = search.next();
      if (!next) return undefined;
      heading.set(next.trial, next.rung);
      const { job } = byName.get(next.trial)!;
      const isLast = next.steps >= (job.config as { trainer: { maxSteps: number } }).trainer.maxSteps;
      const priority = Math.min(lastPriority, top - next.rung);
      return { ...job, priority, ...(!isLast && { stopAtStep: next.steps }) };
    },
    report(run, end) {
      const rung = heading.get(run);
      if (rung === undefined || end.outcome === 'givenBack') return;
      search.report(run, rung, end.outcome === 'failed' ? undefined : end.metrics[metric]);
    },
  };
}

/** Neighbours in a grid are alike: runs begin in an order that has nothing to do with it, and that a value more does not change. */
function orderOf(seed: number, run: string): string {
  return shortHash(`${seed} ${run}`, 16);
}
