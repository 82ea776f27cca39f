/** A fleet as a table for people. */
import type { FleetStatus } from '../fleet/queue/commandFleet.ts';
import type { HeldRunRecord } from '../fleet/queue/fleetMessages.ts';
import { isBeginning } from '../fleet/runProgress.ts';
import { textTable } from './textTable.ts';

/** A line about the queue, one for each worker and run that it has, and the runs that were set aside. */
export function fleetTable({ fleet, redis, paused, runs, workers, setAside }: FleetStatus): string {
  const { waiting, running, delayed, completed, setAside: aside } = runs;
  const counts = [
    `${waiting} waiting`,
    `${running} running`,
    ...(delayed > 0 ? [`${delayed} put off`] : []),
    `${completed} completed`,
    ...(aside > 0 ? [`${aside} set aside`] : []),
  ];
  const lines = [
    `${fleet} at ${redis}: ${counts.join(', ')}`,
    ...(paused.length > 0 ? [`paused: ${paused.join(', ')}`] : []),
  ];
  const rows = workers.flatMap((worker) => {
    const state = worker.ending ? 'ending' : worker.paused ? 'paused' : '';
    if (worker.runs.length === 0) return [[worker.name, '', state || 'waits', '', '', '']];
    return worker.runs.map((run) => [
      worker.name,
      run.id,
      run.state,
      isBeginning(run.state) ? '' : `${run.step}/${run.maxSteps}`,
      run.stepsPerSecond > 0 ? `${run.stepsPerSecond.toFixed(1)}/s` : '',
      psnr(run),
    ]);
  });
  const table =
    rows.length === 0
      ? 'no workers: nerfstream worker starts one\n'
      : textTable([['worker', 'run', 'state', 'step', 'rate', 'eval'], ...rows]);
  const failed = setAside.map(({ id, attempts, error }) => `  ${id} (${attempts} attempts): ${error}\n`);
  return `${lines.join('\n')}\n\n${table}${failed.length > 0 ? `\nset aside:\n${failed.join('')}` : ''}`;
}

function psnr({ metrics }: HeldRunRecord): string {
  const value = metrics['eval/psnr'];
  return value === undefined ? '' : `${value.toFixed(2)} dB`;
}
