/** Prepares a session: loads everything that can fail first, and creates the run folder only when all of it succeeded. */
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import { ConfigError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import type { TimePhase } from '../src/pipeline/pipeline.ts';
import {
  checkNewRunFolder,
  createRunFolder,
  type FolderLost,
  openRunFolder,
  type RunFolder,
} from '../src/runFolder/runFolder.ts';
import { defaultRunFolder, type RunPaths, runPaths } from '../src/runFolder/runPaths.ts';
import { writeConfig } from '../src/runFolder/writeConfig.ts';
import { writePicture } from '../src/runFolder/writePicture.ts';
import { type AttachedSinks, attachSinks } from '../streams/attachSinks.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import type { StopSignal } from '../streams/operators/earlyStop.ts';
import type { RunInfo, Sink } from '../streams/sink.ts';
import { type Evaluator, withAveragedEvaluation } from './averagedEvaluation.ts';
import { createEvaluation, type Evaluation } from './evaluation.ts';
import { logParameters } from './parameterTable.ts';
import { type Continuation, loadForResume, loadWeights, newRun, resumeFrom } from './runContinuation.ts';
import { fileStore, memoryStore, openCheckpointStore, type RunStore } from './runStore.ts';
import { type RunTimes, withEvaluationTimes } from './runTimes.ts';
import type { TrainerOptions } from './trainerOptions.ts';
import { createTrainerParts, type TrainerParts } from './trainerParts.ts';

/** What a session needs from its beginning to its end. */
export interface PreparedRun {
  readonly parts: TrainerParts;
  readonly store: RunStore;
  /** The pipeline as evaluations and renderings see it. */
  readonly evaluator: Evaluator;
  readonly evaluation: Evaluation;
  readonly sinks: Pick<AttachedSinks, 'done' | 'abandon'>;
  /** Absent for a run in memory. */
  readonly folder?: RunFolder;
  readonly continuation: Continuation;
}

interface Setting {
  readonly config: Config;
  readonly options: TrainerOptions;
  readonly bus: MetricBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: RunTimes;
  /** Told, in the middle of whatever measured it, that the metric of `trainer.earlyStop` does not get better any more. */
  readonly onEarlyStop: (signal: StopSignal) => void;
  readonly onFolderLost: FolderLost;
}

interface Started {
  readonly parts: TrainerParts;
  readonly store: RunStore;
  readonly folder?: RunFolder;
  readonly continuation: Continuation;
}

/** @throws any of nerfstream's errors; nothing is left behind then */
export async function prepareRun(setting: Setting): Promise<PreparedRun> {
  const { config, options, bus, log, times } = setting;
  const paths = runPathsOf(setting);
  const sinkList = options.sinks ?? (await namedSinks(config, paths));
  const started = await start(setting, paths);
  const { parts, folder, continuation } = started;
  logParameters(parts.pipeline.groups, log);
  const run: RunInfo = {
    runId: continuation.runId,
    ...(folder && { runDir: folder.paths.folder }),
    config,
    fromStep: continuation.step,
  };
  const time: TimePhase = (_sink, work) => times.ofSteps.time('sinks', work);
  const sinks = sinkList.length > 0 ? attachSinks(bus.metrics$, sinkList, run, { log, time }) : noSinks;
  bus.config(continuation.step, config);
  parts.watchdogs.watch(bus.metrics$).subscribe(setting.onEarlyStop);
  const evaluator = withAveragedEvaluation(parts.engine, parts.pipeline, () => parts.optimizers.state());
  const evaluation = createEvaluation({
    pipeline: withEvaluationTimes(evaluator, times.ofOccasions),
    bus,
    imageEverySteps: config.evaluate.imageEverySteps,
    ...(folder && {
      writePicture: (file, image) => {
        folder.check();
        return writePicture(folder.paths.folder, file, image);
      },
    }),
    onMetric: (tag, value) => parts.schedulers.observe(tag, value),
  });
  return { ...started, sinks, evaluator, evaluation };
}

/** Nothing subscribes then, and no number is read back. */
const noSinks: PreparedRun['sinks'] = { done: async () => [], abandon: () => [] };

/** Loaded late: a trainer that is given its sinks needs none of the libraries behind the others. */
async function namedSinks(config: Config, paths: RunPaths | undefined): Promise<Sink[]> {
  const { configuredSinks } = await import('./configuredSinks.ts');
  return configuredSinks(config.sinks, paths);
}

/** Nothing for a run in memory. */
function runPathsOf({ config, options, clock }: Setting): RunPaths | undefined {
  if (options.resume && !options.runDir)
    throw new ConfigError('resume needs the run folder to go on with (runDir)');
  if (options.runDir === null) return undefined;
  return runPaths(options.runDir ?? defaultRunFolder(config.method, clock.now()));
}

function start(setting: Setting, paths: RunPaths | undefined): Promise<Started> {
  if (!paths) return startInMemory(setting);
  return setting.options.resume ? resumeRun(setting, paths.folder) : startInFolder(setting, paths.folder);
}

async function startInFolder(setting: Setting, runDir: string): Promise<Started> {
  const { config, options, log, onFolderLost } = setting;
  await checkNewRunFolder(runDir);
  const parts = await createTrainerParts(config, options, log);
  try {
    if (options.load !== undefined) await loadWeights(parts, options.load, log);
    const fill = (paths: RunPaths) => writeConfig(paths.folder, config);
    const folder = await createRunFolder(runDir, fill, onFolderLost);
    const store = fileStore(folder, openCheckpointStore(folder.paths, config.checkpoint, log));
    return { parts, store, folder, continuation: newRun() };
  } catch (error) {
    parts.dispose();
    throw error;
  }
}

async function startInMemory({ config, options, log }: Setting): Promise<Started> {
  const parts = await createTrainerParts(config, options, log);
  try {
    if (options.load !== undefined) await loadWeights(parts, options.load, log);
  } catch (error) {
    parts.dispose();
    throw error;
  }
  return { parts, store: memoryStore(config.trainer.onNonFinite === 'rollback'), continuation: newRun() };
}

async function resumeRun({ config, options, log, onFolderLost }: Setting, runDir: string): Promise<Started> {
  const folder = await openRunFolder(runDir, onFolderLost);
  const store = openCheckpointStore(folder.paths, config.checkpoint, log);
  let parts: TrainerParts | undefined;
  try {
    const found = await loadForResume(store, config, runDir, log);
    parts = await createTrainerParts(config, options, log);
    const continuation = resumeFrom(parts, config, found, log);
    await writeConfig(folder.paths.folder, config);
    return { parts, store: fileStore(folder, store), folder, continuation };
  } catch (error) {
    parts?.dispose();
    await store.dispose();
    await folder.release();
    throw error;
  }
}
