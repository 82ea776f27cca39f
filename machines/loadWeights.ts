/** Starts a run from the weights of another one. */
import { loadCheckpoint } from '../src/checkpoint/checkpointFiles.ts';
import { readSafetensors } from '../src/checkpoint/safetensors.ts';
import { tensorsOfWeights } from '../src/checkpoint/weightNames.ts';
import type { Log } from '../src/log.ts';
import { isStartFile } from '../src/models/startFile.ts';
import { restoreParameters } from './runTensors.ts';
import type { TrainerParts } from './trainerParts.ts';

/**
 * Takes over the weights of a checkpoint or a safetensors file, and nothing else of it. A file that the pipeline was made with (`isStartFile`)
 * is left alone. @throws CheckpointError
 */
export async function loadWeights(parts: TrainerParts, file: string, log: Log): Promise<void> {
  if (isStartFile(file)) return;
  if (file.endsWith('.safetensors')) {
    const names = Object.entries(parts.pipeline.groups).flatMap(([group, parameters]) =>
      parameters.map(({ name }) => `${group}/${name}`),
    );
    restoreParameters(parts, tensorsOfWeights(await readSafetensors(file), names), file);
    log.info({ file }, `weights of ${file}`);
    return;
  }
  const { tensors, step } = await loadCheckpoint(file);
  restoreParameters(parts, tensors, file);
  log.info({ file, step }, `weights of ${file} (step ${step})`);
}
