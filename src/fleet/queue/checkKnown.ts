/** Whether there is what a command to a fleet names: who mistypes a name is told so. */
import { QueueError } from '../../errors.ts';
import { type FleetLine, withQueue } from './fleet.ts';
import { describeTarget, type FleetTarget, isMeant, runOfId } from './fleetTarget.ts';
import { queuedIds } from './queuedIds.ts';
import { readWorkers } from './workerRecord.ts';

const states = ['active', 'wait', 'prioritized', 'delayed', 'completed', 'failed'] as const;

/**
 * Runs and sweeps are known as long as the queue knows a run of theirs, ended ones too; workers while they live. It reads the names of the whole
 * queue: asked only where nobody was meant by a command.
 * @throws QueueError saying that there is no such run, sweep or worker
 */
export async function checkKnown(line: FleetLine, target: FleetTarget): Promise<void> {
  if (target.kind === 'all') return;
  const workers = await readWorkers(line);
  if (target.kind === 'worker') {
    if (workers.some(({ name }) => name === target.worker)) return;
    throw new QueueError(
      `there is no worker ${target.worker} in ${line.name} (nerfstream fleet status lists those that are there)`,
    );
  }
  const isHeld = workers.some((worker) =>
    worker.runs.some(({ id }) => isMeant(target, runOfId(id), worker.name)),
  );
  if (isHeld) return;
  const fleet = await withQueue(line);
  if (target.kind === 'run' && (await fleet.queue.getJob(describeTarget(target)))) return;
  if ((await queuedIds(fleet, target, states)).length > 0) return;
  throw new QueueError(
    `there is no ${target.kind} ${describeTarget(target)} in ${line.name}: nothing of that name waits, runs or has ended there`,
  );
}
