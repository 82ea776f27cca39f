/** Evaluates a run that is not running: all held-out images, with its newest checkpoint. */
import { lastValueFrom } from 'rxjs';
import { loadConfig } from '../src/config/loadConfig.ts';
import { CheckpointError, RunFolderError } from '../src/errors.ts';
import { runPaths } from '../src/runFolder/runPaths.ts';
import { writePicture } from '../src/runFolder/writePicture.ts';
import { createMetricBus } from '../streams/metricBus.ts';
import { withAveragedEvaluation } from './averagedEvaluation.ts';
import { checkSameData } from './checkpointFacts.ts';
import { createEvaluation } from './evaluation.ts';
import { optimizerTensors, restoreParameters, restorePipelineState } from './runTensors.ts';
import { openCheckpointStore } from './startInFolder.ts';
import type { EvaluationSummary } from './trainer.ts';
import { silentLog, type TrainerOptions } from './trainerOptions.ts';
import { createTrainerParts } from './trainerParts.ts';

/**
 * Writes every render to `eval/` of the run folder, and nothing else.
 * @param options `data`: where the run's photos are now, if they have moved
 * @returns what `summary.json` says under `eval`, and the step that was evaluated
 * @throws RunFolderError without a run in `runDir`, CheckpointError without a usable checkpoint, DataError for other data than the
 * run was trained on
 */
export async function evaluateRun(
  runDir: string,
  options: Pick<TrainerOptions, 'engine' | 'pipeline' | 'log'> & { readonly data?: string } = {},
): Promise<EvaluationSummary & { readonly step: number }> {
  const { log = silentLog } = options;
  const paths = runPaths(runDir);
  const config = await loadConfig(paths.config, options.data === undefined ? {} : { data: options.data });
  const store = openCheckpointStore(paths, config.checkpoint, log);
  try {
    const found = await store.loadLatest();
    if (!found)
      throw new CheckpointError(`${runDir}: there is no checkpoint to evaluate.`, paths.checkpoints);
    for (const { file, reason } of found.skipped) log.warn({ file, reason }, `skipped ${file}: ${reason}`);
    const { checkpoint, file } = found;
    const parts = await createTrainerParts(config, options, log);
    try {
      checkSameData(parts.pipeline, config, checkpoint, log);
      restoreParameters(parts, checkpoint.tensors, file);
      restorePipelineState(parts.pipeline, checkpoint.tensors);
      const evaluation = createEvaluation({
        pipeline: withAveragedEvaluation(parts.engine, parts.pipeline, () =>
          optimizerTensors(checkpoint.tensors),
        ),
        bus: createMetricBus(),
        imageEverySteps: 0,
        writePicture: (name, image) => writePicture(paths.folder, name, image),
        onImage: (done, total) => log.progress?.({ what: 'evaluating held-out images', done, total }),
      });
      await lastValueFrom(evaluation.run('all', checkpoint.step), { defaultValue: undefined });
      if (!evaluation.latest)
        throw new RunFolderError(`${runDir}: the run's data set has no held-out images.`, runDir);
      return { ...evaluation.latest.summary, step: checkpoint.step };
    } finally {
      parts.dispose();
    }
  } finally {
    await store.dispose();
  }
}
