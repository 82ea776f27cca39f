/** A checkpoint of a run by what people call it: its step, the name of its pin, or `latest`. */
import { type CheckpointFile, listCheckpoints } from '../checkpoint/checkpointFiles.ts';
import { readPins } from '../checkpoint/checkpointPins.ts';
import { UsageError } from './cliErrors.ts';

/** @throws UsageError when there is none, naming those that there are */
export async function findCheckpoint(folder: string, which: string): Promise<CheckpointFile> {
  const files = await listCheckpoints(folder);
  const step = which === 'latest' ? files[0]?.step : ((await readPins(folder)).get(which) ?? stepOf(which));
  const found = files.find((file) => file.step === step);
  if (found) return found;
  const there = files.length === 0 ? 'none' : files.map((file) => file.step).join(', ');
  throw new UsageError(`${folder} has no checkpoint "${which}"; steps: ${there}`);
}

function stepOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
