/** Where a run begins: new, from the weights of a checkpoint, or where an earlier session ended. */
import type { Checkpoint } from '../src/checkpoint/checkpoint.ts';
import type { CheckpointStore } from '../src/checkpoint/checkpointStore.ts';
import { diffForResume } from '../src/config/diffForResume.ts';
import type { Config } from '../src/config/schema.ts';
import { CheckpointError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { checkSameData, warnIfOtherArithmetic } from './checkpointFacts.ts';
import { restoreTensors } from './runTensors.ts';
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
  return { runId: crypto.randomUUID(), step: 0, trainSeconds: 0 };
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
  const name = file.split(/[\\/]/).at(-1);
  log.info({ file, step }, `resuming from ${name} (step ${step})`);
  const { runId, trainSeconds } = facts;
  return {
    runId: typeof runId === 'string' ? runId : crypto.randomUUID(),
    step,
    trainSeconds: typeof trainSeconds === 'number' ? trainSeconds : 0,
    file: `checkpoints/${name}`,
  };
}
