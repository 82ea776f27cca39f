/** How a sweep goes, for people: what has ended and how, and what trains now. */
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import type { LoadedSweep } from '../fleet/loadSweep.ts';
import type { RunEnd, RunJob } from '../fleet/runJob.ts';
import type { RunProgress, SweepListener } from '../fleet/runSweep.ts';
import { differentRuns } from '../fleet/sweepSchedule.ts';
import { shownNumber } from '../fleet/sweepTables.ts';
import type { ProgressDisplay } from './progressDisplay.ts';

/** A run that has begun: where it is, where it ends, and when that was heard. */
interface Underway {
  readonly step: number;
  readonly last: number;
  readonly atMs: number;
}

/** Of how many runs the steps are shown. */
const mostShown = 4;
/** What was not heard of for so long does not train now: its worker may have vanished. */
const goneAfterMs = 20_000;

/**
 * A line for each end, and a bar for the runs as a whole, with the steps of those that train now.
 * @param now milliseconds of a clock
 */
export function sweepDisplay(
  display: ProgressDisplay,
  sweep: Pick<LoadedSweep, 'runs' | 'ladder' | 'asha' | 'metric'>,
  now: () => number = () => performance.now(),
): SweepListener {
  const total = differentRuns(sweep.runs).length;
  const what = sweep.ladder ? 'rungs' : 'runs';
  // By successive halving about so many rungs are climbed.
  const factor = sweep.asha?.reductionFactor ?? 1;
  const expected =
    sweep.ladder?.reduce((sum, _, rung) => sum + Math.max(1, Math.floor(total / factor ** rung)), 0) ?? total;
  const underway = new Map<string, Underway>();
  let ended = 0;
  const show = (): void => {
    const parts = [...underway.values()].reduce((sum, { step, last }) => sum + Math.min(1, step / last), 0);
    const done = Math.min(Math.floor((ended + parts) * 100) / 100, expected);
    const detail = describeUnderway([...underway.values()].filter(({ atMs }) => now() - atMs < goneAfterMs));
    if (done < expected)
      display.show({ what, done, total: expected, ...(detail !== undefined && { detail }) });
  };
  return {
    said: display.say,
    begun: show,
    status({ run, stopAtStep }: RunJob, { step, maxSteps }: RunProgress) {
      underway.set(run, { step, last: stopAtStep ?? maxSteps, atMs: now() });
      show();
    },
    ended(job: RunJob, end: RunEnd) {
      underway.delete(job.run);
      if (end.outcome !== 'givenBack') ended++;
      display.say(describeEnd(job.run, end, sweep.metric));
      show();
    },
  };
}

function describeEnd(run: string, end: RunEnd, metric: string): string {
  const { outcome, step, metrics, trainSeconds } = end;
  if (outcome === 'failed') return `${run}: failed: ${end.error}`;
  if (outcome === 'givenBack') return `${run}: saved at step ${step}`;
  const value = metrics[metric] === undefined ? `no ${metric}` : `${metric} ${shownNumber(metrics[metric])}`;
  return `${run}: ${value} at step ${step}, ${formatDuration(trainSeconds)} of training`;
}

/** @returns undefined where nothing trains */
function describeUnderway(runs: readonly Underway[]): string | undefined {
  if (runs.length === 0) return undefined;
  const steps = runs.slice(0, mostShown).map(({ step, last }) => `${step}/${last}`);
  const more = runs.length > mostShown ? ', ...' : '';
  return `${runs.length} ${runs.length === 1 ? 'trains' : 'train'}: step ${steps.join(', ')}${more}`;
}
