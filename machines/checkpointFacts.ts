/** Facts that a checkpoint holds beside its tensors: what was trained on, and what computed. */
import type { Checkpoint, Plain } from '../src/checkpoint/checkpoint.ts';
import type { Config } from '../src/config/schema.ts';
import { dataFingerprintSchema, differenceOf, isSamePhoto } from '../src/data/dataFingerprint.ts';
import type { Image } from '../src/data/image.ts';
import type { PhotoFindings } from '../src/data/photoFindings.ts';
import { DataError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';

/** What a checkpoint says of a run's data. */
export function dataFact({ data }: Pipeline): Record<string, Plain> {
  if (data === undefined) return {};
  const { findings, ...rest } = data;
  return { data: findings === undefined ? rest : { ...rest, findings } };
}

/** What the run's photos were found to say; undefined in checkpoints of earlier versions. */
export function findingsIn(facts: Readonly<Record<string, unknown>>): PhotoFindings | undefined {
  return dataFingerprintSchema.safeParse(facts['data']).data?.findings;
}

/**
 * Checks that the pipeline reads the data that the checkpoint was trained on, wherever they lie now.
 * @throws DataError saying what differs first
 */
export function checkSameData(
  { data: now }: Pick<Pipeline, 'data'>,
  { data: { path: place } }: Config,
  { facts, config }: Checkpoint,
  log: Log,
): void {
  const before = dataFingerprintSchema.safeParse(facts['data']).data;
  if (before && now) {
    const difference = differenceOf(before, now);
    if (difference !== undefined) throw otherData(place, difference);
  } else if ((config as unknown as Partial<Config>).data?.path !== place)
    log.warn(
      { place },
      `${place}: the checkpoint does not say which data it was trained on (it is of an earlier version or of a pipeline of your own): make sure that these are the same`,
    );
}

/**
 * The same for a photo that was decoded later. @param index of its frame, training frames first @throws DataError for another photo
 */
export function checkSamePhoto(
  { data: { path: place } }: Config,
  facts: Checkpoint['facts'],
  index: number,
  image: Image,
): void {
  const before = dataFingerprintSchema.safeParse(facts['data']).data;
  if (!before || isSamePhoto(before, index, image)) return;
  throw otherData(place, `${[...before.train, ...before.eval][index]} shows something else`);
}

function otherData(place: string, difference: string): DataError {
  return new DataError(
    `${place}: these are not the data that the run was trained on: ${difference}. Name the folder of the same data (--data DIR), or start a new run (nerfstream train; --load takes over the weights).`,
    place,
  );
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

/** Says so if results go on with other last bits. */
export function warnIfOtherArithmetic(checkpoint: Checkpoint, engine: Engine, log: Log): void {
  const now = arithmeticOf(engine);
  const same = checkpoint.engine === engine.name && kernelsOf(checkpoint) === now['kernels'];
  if (!same)
    log.warn(
      { saved: { engine: checkpoint.engine, ...checkpoint.facts }, engine: engine.name, ...now },
      'the checkpoint was computed by another engine or other SIMD instructions: results differ in the last bits',
    );
}
