/** The checkpoints of a folder with what decides whether they stay. */
import type { Checkpoint, Plain } from './checkpoint.ts';
import { listCheckpoints, readCheckpointHeader } from './checkpointFiles.ts';
import type { RetainedCheckpoint } from './retention.ts';

/** The name under which a checkpoint's facts hold the value that `keepBest` looks at, so that it survives a resume. */
const scoreFact = 'keepBest';

/** The checkpoints whose headers are whole, newest first; `score` is their value of `metric`, where it was known. */
export async function retainedCheckpoints(
  folder: string,
  metric: string | undefined,
): Promise<RetainedCheckpoint[]> {
  const files = await listCheckpoints(folder);
  const found = files.map(async ({ file, step }): Promise<RetainedCheckpoint[]> => {
    const header = await readCheckpointHeader(file).catch(() => undefined);
    if (header === undefined) return [];
    const fact = header.facts[scoreFact] as { metric?: Plain; value?: Plain } | undefined;
    const counts = metric !== undefined && fact?.metric === metric && typeof fact?.value === 'number';
    return [{ file, step, ...(counts ? { score: fact.value as number } : {}) }];
  });
  return (await Promise.all(found)).flat();
}

/** The facts of a checkpoint with its value of the metric in them; without one, none is left from an earlier checkpoint. */
export function withScore(
  facts: Checkpoint['facts'],
  metric: string | undefined,
  value: number | undefined,
): Checkpoint['facts'] {
  const { [scoreFact]: _previous, ...others } = facts;
  if (metric === undefined || value === undefined) return others;
  return { ...others, [scoreFact]: { metric, value } };
}
