/** A run in a folder: begins there or goes on, and keeps its checkpoints as files. */
import path from 'node:path';
import { type CheckpointStore, createCheckpointStore } from '../src/checkpoint/checkpointStore.ts';
import type { Config } from '../src/config/schema.ts';
import type { Log } from '../src/log.ts';
import {
  checkNewRunFolder,
  createRunFolder,
  openRunFolder,
  type RunFolder,
} from '../src/runFolder/runFolder.ts';
import { defaultRunFolder, type RunPaths, runPaths } from '../src/runFolder/runPaths.ts';
import { writeConfig } from '../src/runFolder/writeConfig.ts';
import { findingsIn } from './checkpointFacts.ts';
import { loadWeights } from './loadWeights.ts';
import type { RunSetting, StartedRun } from './preparedRun.ts';
import { loadForResume, newRun, resumeFrom } from './runContinuation.ts';
import type { RunStore } from './runStore.ts';
import { createTrainerParts, type TrainerParts } from './trainerParts.ts';

/** Begins in a new folder, or goes on in that of an earlier session. @throws any of nerfstream's errors; nothing is left behind then */
export function startInFolder(setting: RunSetting): Promise<StartedRun> {
  const { config, options, clock } = setting;
  const { folder } = runPaths(options.runDir ?? defaultRunFolder(config.method, clock.now()));
  return options.resume ? resumeRun(setting, folder) : startNew(setting, folder);
}

async function startNew(setting: RunSetting, runDir: string): Promise<StartedRun> {
  const { config, options, log, onFolderLost, signal } = setting;
  await checkNewRunFolder(runDir);
  const parts = await createTrainerParts(config, options, log, { signal });
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

async function resumeRun(
  { config, options, log, onFolderLost, signal }: RunSetting,
  runDir: string,
): Promise<StartedRun> {
  const folder = await openRunFolder(runDir, onFolderLost);
  const store = openCheckpointStore(folder.paths, config.checkpoint, log);
  let parts: TrainerParts | undefined;
  try {
    const found = await loadForResume(store, config, runDir, log);
    const findings = findingsIn(found.checkpoint.facts);
    parts = await createTrainerParts(config, options, log, { signal, findings, isResumed: true });
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

/** Checkpoints as files of the run folder, for as long as this process holds it. */
function fileStore({ paths, check }: RunFolder, store: CheckpointStore): RunStore {
  return {
    async save(checkpoint, metrics) {
      check();
      const { file } = await store.save(checkpoint, metrics);
      return path.relative(paths.folder, file).split(path.sep).join('/');
    },
    newest: async () => (await store.loadLatest())?.checkpoint,
    dispose: () => store.dispose(),
  };
}

/** The checkpoint store of a run folder. */
export function openCheckpointStore(
  paths: RunPaths,
  config: Config['checkpoint'],
  log: Log,
): CheckpointStore {
  const { keep, keepEverySteps, keepBest } = config;
  return createCheckpointStore({ folder: paths.checkpoints, keep, keepEverySteps, keepBest, log });
}
