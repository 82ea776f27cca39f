/** `nerfstream export RUN_DIR weights`, and `checkpoints RUN_DIR export`: the parameters of a checkpoint as a safetensors file. */
import path from 'node:path';
import { type CheckpointFile, loadCheckpoint } from '../checkpoint/checkpointFiles.ts';
import { writeSafetensors } from '../checkpoint/safetensors.ts';
import { weightsOf } from '../checkpoint/weightNames.ts';
import { UsageError } from './cliErrors.ts';
import type { ExportedRun, ExportOptions } from './exportedRun.ts';
import { findCheckpointOf } from './findCheckpoint.ts';
import { shownPath } from './shownPath.ts';

/** @returns what was written, in a line */
export async function exportWeights(run: ExportedRun, { out, step }: ExportOptions): Promise<string> {
  if (path.extname(out).toLowerCase() !== '.safetensors')
    throw new UsageError(`--out ${out}: weights are written as .safetensors; choose a name that ends so`);
  return writeWeights(await findCheckpointOf(run, step), out);
}

/** @returns what was written, in a line */
export async function writeWeights({ file }: Pick<CheckpointFile, 'file'>, out: string): Promise<string> {
  const { tensors, step, engine } = await loadCheckpoint(file);
  const weights = weightsOf(tensors);
  await writeSafetensors(out, weights, { format: 'nerfstream', step: String(step), engine });
  return `${Object.keys(weights).length} tensors of step ${step} in ${shownPath(out)}`;
}
