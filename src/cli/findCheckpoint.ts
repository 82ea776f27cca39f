/** A checkpoint of a run by what people call it: its step, the name of its pin, `best` or `latest`. */
import path from 'node:path';
import { type CheckpointFile, listCheckpoints } from '../checkpoint/checkpointFiles.ts';
import { readPins } from '../checkpoint/checkpointPins.ts';
import { retainedCheckpoints } from '../checkpoint/retainedCheckpoints.ts';
import { bestFirst, type RetentionPolicy } from '../checkpoint/retention.ts';
import type { Config } from '../config/schema.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { UsageError } from './cliErrors.ts';

/**
 * @param keepBest what decides which is the best
 * @throws UsageError when there is none, naming those that there are
 */
export async function findCheckpoint(
  folder: string,
  which: string,
  keepBest?: RetentionPolicy['keepBest'],
): Promise<CheckpointFile> {
  const files = await listCheckpoints(folder);
  const pinned = (await readPins(folder)).get(which);
  const best = which === 'best' && pinned === undefined ? await bestOf(folder, keepBest) : undefined;
  const step = which === 'latest' ? files[0]?.step : (pinned ?? best?.step ?? stepOf(which));
  const found = files.find((file) => file.step === step);
  if (found) return found;
  if (files.length === 0) throw new UsageError(`${folder} has no checkpoint yet`);
  const there = files.map((file) => file.step).join(', ');
  throw new UsageError(`${folder} has no checkpoint "${which}"; steps: ${there}`);
}

/** The same of a run, by its own idea of the best. */
export function findCheckpointOf(
  { runDir, config }: { readonly runDir: string; readonly config: Pick<Config, 'checkpoint'> },
  which: string,
): Promise<CheckpointFile> {
  return findCheckpoint(runPaths(path.resolve(runDir)).checkpoints, which, config.checkpoint.keepBest);
}

/** @throws UsageError where no checkpoint knows how good it is */
async function bestOf(folder: string, keepBest: RetentionPolicy['keepBest']): Promise<CheckpointFile> {
  const known = await retainedCheckpoints(folder, keepBest?.metric);
  const [best] = bestFirst(known, keepBest);
  if (best) return best;
  const why = keepBest
    ? `none was saved with ${keepBest.metric}, which is known after an evaluation of all images (evaluate.allImagesEverySteps)`
    : 'checkpoint.keepBest is null';
  throw new UsageError(`${folder}: which checkpoint is the best is not known: ${why}; choose a step`);
}

function stepOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
