/** The log of a run that has ended, from where the run lies: the store, or the folder of its sweep. */
import path from 'node:path';
import { QueueError } from '../../errors.ts';
import { runPaths } from '../../runFolder/runPaths.ts';
import { storedRun } from '../store/storedRun.ts';
import { allowedFolder, type CarryOutPlaces } from './carryOutQueued.ts';
import { type LogPart, type LogWish, partOfLog, readLog } from './readLog.ts';

export interface EndedPlace {
  readonly sweep: string;
  readonly run: string;
  /** Folder of the sweep, for runs without a store. */
  readonly out?: string | undefined;
}

/** Longer ones are not fetched to show their end. */
const mostBytes = 64 * 2 ** 20;

/** @throws QueueError, StoreError where it is not to be had here */
export async function endedLog(
  { sweep, run, out }: EndedPlace,
  wish: LogWish,
  { store, out: root, log }: Pick<CarryOutPlaces, 'store' | 'out' | 'log'>,
): Promise<LogPart> {
  if (!store) {
    const part = await readLog(runPaths(path.join(await allowedFolder(out, root), run)).log, wish);
    if (part.at === 0) throw new QueueError(`there is no log of ${sweep}/${run} here`);
    return part;
  }
  const bytes = await storedRun(store, { sweep, run, log }).read('run.log', mostBytes);
  if (!bytes) throw new QueueError(`the store has no log of ${sweep}/${run}`);
  return partOfLog(bytes, wish);
}
