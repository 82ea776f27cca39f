/** Prepares a session: loads everything that can fail first, and creates the run folder only when all of it succeeded. */
import type { Config } from '../src/config/schema.ts';
import { ConfigError } from '../src/errors.ts';
import type { TimePhase } from '../src/pipeline/pipeline.ts';
import { attachSinks } from '../streams/attachSinks.ts';
import type { RunInfo, Sink } from '../streams/sink.ts';
import { withAveragedEvaluation } from './averagedEvaluation.ts';
import { createEvaluation } from './evaluation.ts';
import { logParameters } from './parameterTable.ts';
import type { PreparedRun, RunSetting, StartedRun } from './preparedRun.ts';
import { newRun } from './runContinuation.ts';
import { memoryStore } from './runStore.ts';
import { withEvaluationTimes } from './runTimes.ts';
import { createTrainerParts } from './trainerParts.ts';

/** @throws any of nerfstream's errors, the signal's reason; nothing is left behind then */
export async function prepareRun(setting: RunSetting): Promise<PreparedRun> {
  const { config, options, bus, log, times } = setting;
  if (options.resume && !options.runDir)
    throw new ConfigError('resume needs the run folder to go on with (runDir)');
  const sinkList = options.sinks ?? (await namedSinks(config, options.runDir === null));
  const started = options.runDir === null ? await startInMemory(setting) : await startInFolder(setting);
  const { parts, folder, continuation } = started;
  logParameters(parts.pipeline.groups, log);
  const run: RunInfo = {
    runId: continuation.runId,
    ...(folder && { runDir: folder.paths.folder }),
    config,
    fromStep: continuation.step,
    ...(parts.pipeline.views && { evalImages: parts.pipeline.views.eval.length }),
  };
  options.onStarted?.(run, parts.pipeline);
  const time: TimePhase = (_sink, work) => times.ofSteps.time('sinks', work);
  const sinks = sinkList.length > 0 ? attachSinks(bus.metrics$, sinkList, run, { log, time }) : noSinks;
  bus.config(continuation.step, config);
  parts.watchdogs.watch(bus.metrics$).subscribe(setting.onEarlyStop);
  const evaluator = withAveragedEvaluation(parts.engine, parts.pipeline, () => parts.optimizers.state());
  const evaluation = createEvaluation({
    pipeline: withEvaluationTimes(evaluator, times.ofOccasions),
    bus,
    imageEverySteps: config.evaluate.imageEverySteps,
    ...(folder && { writePicture: folder.writePicture }),
    onMetric: (tag, value) => parts.schedulers.observe(tag, value),
  });
  return { ...started, sinks, evaluator, evaluation };
}

/** Nothing subscribes then, and no number is read back. */
const noSinks: PreparedRun['sinks'] = { done: async () => [], abandon: () => [] };

/** Loaded late: a trainer that is given its sinks needs none of the libraries behind the others. */
async function namedSinks(config: Config, inMemory: boolean): Promise<Sink[]> {
  const { configuredSinks } = await import('./configuredSinks.ts');
  return configuredSinks(config.sinks, inMemory);
}

/** Loaded late: a run in memory needs no files. */
async function startInFolder(setting: RunSetting): Promise<StartedRun> {
  return (await import('./startInFolder.ts')).startInFolder(setting);
}

async function startInMemory({ config, options, log, signal }: RunSetting): Promise<StartedRun> {
  const parts = await createTrainerParts(config, options, log, { signal });
  try {
    if (options.load !== undefined) {
      const { loadWeights } = await import('./loadWeights.ts');
      await loadWeights(parts, options.load, log);
    }
  } catch (error) {
    parts.dispose();
    throw error;
  }
  return { parts, store: memoryStore(config.trainer.onNonFinite === 'rollback'), continuation: newRun() };
}
