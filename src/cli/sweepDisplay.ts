/** How a sweep goes, for people: what has ended and how, and what trains now. */
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import type { LoadedSweep } from '../fleet/loadSweep.ts';
import type { RunEnd, RunJob } from '../fleet/runJob.ts';
import { isBeginning, type RunProgress } from '../fleet/runProgress.ts';
import type { SweepListener } from '../fleet/runSweep.ts';
import { differentRuns } from '../fleet/sweepSchedule.ts';
import { shownNumber } from '../fleet/sweepTables.ts';
import type { ProgressDisplay } from './progressDisplay.ts';

/** A run that has begun: where it is, where it ends, and when that was heard. */
interface Underway {
  readonly step: number;
  readonly last: number;
  readonly state?: string | undefined;
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
    status({ run, stopAtStep }: RunJob, { step, maxSteps, state }: RunProgress) {
      const before = underway.get(run)?.step ?? 0;
      // One that begins again somewhere else has the steps that it had.
      const at = isBeginning(state) ? before : step;
      underway.set(run, { step: at, last: stopAtStep ?? maxSteps, state, atMs: now() });
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

/** `2 train: step 300/2000, 500/2000; 1 prepares`. @returns undefined where there is nothing to say */
function describeUnderway(runs: readonly Underway[]): string | undefined {
  const preparing = runs.filter(({ state }) => isBeginning(state));
  const paused = runs.filter(({ state }) => state === 'paused');
  const training = runs.filter((run) => !preparing.includes(run) && !paused.includes(run));
  const steps = training.slice(0, mostShown).map(({ step, last }) => `${step}/${last}`);
  const more = training.length > mostShown ? ', ...' : '';
  const parts = [
    ...(training.length > 0
      ? [`${training.length} ${training.length === 1 ? 'trains' : 'train'}: step ${steps.join(', ')}${more}`]
      : []),
    ...(preparing.length > 0
      ? [`${preparing.length} ${preparing.length === 1 ? 'prepares' : 'prepare'}`]
      : []),
    ...(paused.length > 0 ? [`${paused.length} paused`] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : undefined;
}
