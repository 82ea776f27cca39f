/** `nerfstream sweep`: plans many runs, and carries them out on this machine. */
import os from 'node:os';
import path from 'node:path';
import { type LoadedSweep, loadSweep } from '../fleet/loadSweep.ts';
import { runSweep } from '../fleet/runSweep.ts';
import { planOf, sweepPaths } from '../fleet/sweepJournal.ts';
import { bestRow } from '../fleet/sweepReport.ts';
import { differentRuns } from '../fleet/sweepSchedule.ts';
import { reportCells, shownNumber } from '../fleet/sweepTables.ts';
import { failedExitCode, UsageError } from './cliErrors.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { createProgressDisplay } from './progressDisplay.ts';
import { shownPath } from './shownPath.ts';
import { sweepDisplay } from './sweepDisplay.ts';
import { openSweepFleet, type SweepFleet, type SweepFleetOptions } from './sweepOnFleet.ts';
import { reportOf, writeBest } from './sweepReportCommand.ts';
import { textTable } from './textTable.ts';

export interface SweepOptions extends SweepFleetOptions {
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly parallel?: string;
  readonly retry?: boolean;
  readonly json?: boolean;
}

/** Of a plan that is carried out at once, so many runs are listed. */
const mostShown = 40;

/** @returns the exit code: 0 all runs have ended well, 1 some failed, 130 interrupted */
export async function sweepCommand(
  file: string,
  settings: readonly string[],
  options: SweepOptions,
): Promise<number> {
  const parallel = parallelOf(options.parallel);
  checkPlace(options);
  const sweep = await loadSweep(file, settings);
  const { runs } = sweep;
  const folder = path.resolve(options.out ?? path.join('runs', sweep.name));
  const { json = false, dryRun = false, retry = false } = options;
  if (!json) process.stdout.write(describePlan(sweep, folder, dryRun ? runs.length : mostShown));
  if (dryRun) {
    if (json) process.stdout.write(`${JSON.stringify(planOf(sweep))}\n`);
    return 0;
  }
  const display = createProgressDisplay(json ? process.stderr : process.stdout);
  const interruption = new AbortController();
  const stopListening = handleInterrupts(
    (signal) => {
      display.say(`${signal}: saving what runs; once more ends at once`);
      interruption.abort();
    },
    () => {},
  );
  const { redis } = options;
  let elsewhere: SweepFleet | undefined;
  try {
    elsewhere = redis === undefined ? undefined : await openSweepFleet(options, display.say);
    await runSweep(sweep, {
      folder,
      parallel,
      retry,
      threads: threadsOf(parallel),
      signal: interruption.signal,
      listener: sweepDisplay(display, sweep),
      ...(elsewhere && { carryOut: elsewhere.carryOut, parallel: elsewhere.parallel, threads: undefined }),
    });
  } finally {
    await elsewhere?.close();
    display.clear();
    stopListening();
  }
  return await conclude(folder, json, interruption.signal.aborted);
}

/** Says how the sweep ended, and keeps its best configuration. @returns the exit code */
async function conclude(folder: string, json: boolean, interrupted: boolean): Promise<number> {
  const report = await reportOf(folder);
  const best = bestRow(report);
  const file = sweepPaths(folder).best;
  if (best) await writeBest(folder, report, file);
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const lines = [
      `${report.steps} steps of ${report.allSteps} that all runs to their end would be`,
      ...(best
        ? [`best: ${best.run} (${report.metric} ${shownNumber(best.value)}), as ${shownPath(file)}`]
        : []),
      interrupted
        ? 'interrupted: start the sweep again to go on'
        : `compare: nerfstream sweep report ${shownPath(folder)}`,
    ];
    process.stdout.write(`\n${textTable(reportCells(report))}\n${lines.join('\n')}\n`);
  }
  if (interrupted) return interruptedExitCode;
  return report.rows.some(({ state }) => state === 'failed') ? failedExitCode : 0;
}

function describePlan(sweep: LoadedSweep, folder: string, shown: number): string {
  const { runs, ladder, asha } = sweep;
  const stepsOf = ({ job }: LoadedSweep['runs'][number]) =>
    (job.config as { trainer: { maxSteps: number } }).trainer.maxSteps;
  const same = runs.length - differentRuns(runs).length;
  const heads = ['run', ...(runs[0]!.scene ? ['scene'] : []), 'steps'];
  const rows = runs
    .slice(0, shown)
    .map((run) => [run.run, ...(run.scene ? [run.scene.value] : []), String(stepsOf(run))]);
  const lines = [
    `${runs.length} runs in ${shownPath(folder)}${same > 0 ? `, ${same} of them with a configuration that another one has` : ''}`,
    ...(ladder
      ? [`successive halving: evaluated at steps ${ladder.join(', ')}; 1 of ${asha!.reductionFactor} goes on`]
      : []),
  ];
  const more = runs.length > shown ? `... and ${runs.length - shown} more (--dry-run shows all)\n` : '';
  return `${lines.join('\n')}\n\n${textTable([heads, ...rows])}${more}\n`;
}

/** @throws UsageError for options that would change nothing, here or with workers */
function checkPlace(options: SweepOptions): void {
  if (options.redis !== undefined) {
    if (options.parallel === undefined) return;
    throw new UsageError(
      '--parallel: with --redis, workers say how many runs they take (nerfstream worker --concurrency)',
    );
  }
  const idle = (['store', 'priority', 'fleet'] as const).find((name) => options[name] !== undefined);
  if (idle)
    throw new UsageError(`--${idle}: goes with --redis, and without it the runs are carried out here`);
}

function parallelOf(text = '1'): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`--parallel ${text}: expected a whole number of runs above 0`);
}

/** Runs beside each other share the cores. */
function threadsOf(parallel: number): number | undefined {
  return parallel === 1 ? undefined : Math.max(1, Math.floor(os.availableParallelism() / parallel));
}
