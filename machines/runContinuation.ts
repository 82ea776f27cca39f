/** Where a run begins: new, from the weights of a checkpoint, or where an earlier session ended. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Checkpoint, Plain } from '../src/checkpoint/checkpoint.ts';
import { loadCheckpoint } from '../src/checkpoint/checkpointFiles.ts';
import type { CheckpointStore } from '../src/checkpoint/checkpointStore.ts';
import { readSafetensors } from '../src/checkpoint/safetensors.ts';
import { tensorsOfWeights } from '../src/checkpoint/weightNames.ts';
import { diffForResume } from '../src/config/diffForResume.ts';
import type { Config } from '../src/config/schema.ts';
import { dataFingerprintSchema, differenceOf } from '../src/data/dataFingerprint.ts';
import { CheckpointError, DataError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';
import { restoreParameters, restoreTensors } from './runTensors.ts';
import type { TrainerParts } from './trainerParts.ts';

/** Where a session continues. */
export interface Continuation {
  /** The same in all sessions of a run. */
  readonly runId: string;
  readonly step: number;
  readonly trainSeconds: number;
  /** The checkpoint, relative to the run folder. */
  readonly file?: string;
}

/** A run that has no step yet. */
export function newRun(): Continuation {
  return { runId: randomUUID(), step: 0, trainSeconds: 0 };
}

/** The newest checkpoint that is whole, which must be one that this config may go on from. */
export async function loadForResume(
  store: CheckpointStore,
  config: Config,
  folder: string,
  log: Log,
): Promise<{ checkpoint: Checkpoint; file: string }> {
  const found = await store.loadLatest();
  if (!found)
    throw new CheckpointError(
      `${folder}: there is no checkpoint to resume from. Start a new run (nerfstream train).`,
      folder,
    );
  for (const { file, reason } of found.skipped) log.warn({ file, reason }, `skipped ${file}: ${reason}`);
  diffForResume(found.checkpoint.config as unknown as Config, config);
  return found;
}

/** Puts everything back; the next step then has the bits it would have had. @throws DataError, CheckpointError */
export function resumeFrom(
  parts: TrainerParts,
  config: Config,
  { checkpoint, file }: { readonly checkpoint: Checkpoint; readonly file: string },
  log: Log,
): Continuation {
  checkSameData(parts.pipeline, config, checkpoint, log);
  restoreTensors(parts, checkpoint.tensors, file);
  warnIfOtherArithmetic(checkpoint, parts.engine, log);
  const { step, facts } = checkpoint;
  log.info({ file, step }, `resuming from ${path.basename(file)} (step ${step})`);
  const { runId, trainSeconds } = facts;
  return {
    runId: typeof runId === 'string' ? runId : randomUUID(),
    step,
    trainSeconds: typeof trainSeconds === 'number' ? trainSeconds : 0,
    file: `checkpoints/${path.basename(file)}`,
  };
}

/**
 * Checks that the pipeline reads the data that the checkpoint was trained on, wherever they lie now.
 * @throws DataError saying what differs first
 */
export function checkSameData(
  { data: now }: Pipeline,
  { data: { path: place } }: Config,
  { facts, config }: Checkpoint,
  log: Log,
): void {
  const before = dataFingerprintSchema.safeParse(facts['data']).data;
  if (before && now) {
    const difference = differenceOf(before, now);
    if (difference !== undefined)
      throw new DataError(
        `${place}: these are not the data that the run was trained on: ${difference}. Name the folder of the same data (--data DIR), or start a new run (nerfstream train; --load takes over the weights).`,
        place,
      );
  } else if ((config as unknown as Partial<Config>).data?.path !== place)
    log.warn(
      { place },
      `${place}: the checkpoint does not say which data it was trained on (it is of an earlier version or of a pipeline of your own): make sure that these are the same`,
    );
}

/** What a checkpoint says of a run's data. */
export function dataFact({ data }: Pipeline): Record<string, Plain> {
  return data === undefined ? {} : { data };
}

/** Takes over the weights of a checkpoint or a safetensors file, and nothing else of it. @throws CheckpointError */
export async function loadWeights(parts: TrainerParts, file: string, log: Log): Promise<void> {
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

/** The facts of an engine that decide the last bits of its results. */
export function arithmeticOf(engine: Engine): Record<string, Plain> {
  return { kernels: engine.arithmetic };
}

/** Checkpoints of earlier versions say whether they had the one or the other of two modules. */
function kernelsOf({ facts }: Checkpoint): Plain {
  if (typeof facts['relaxedSimd'] === 'boolean') return facts['relaxedSimd'] ? 'relaxed' : 'base';
  return facts['kernels'] ?? null;
}

function warnIfOtherArithmetic(checkpoint: Checkpoint, engine: Engine, log: Log): void {
  const now = arithmeticOf(engine);
  const same = checkpoint.engine === engine.name && kernelsOf(checkpoint) === now['kernels'];
  if (!same)
    log.warn(
      { saved: { engine: checkpoint.engine, ...checkpoint.facts }, engine: engine.name, ...now },
      'the checkpoint was computed by another engine or other SIMD instructions: results differ in the last bits',
    );
}
