/** Run folders of a few bytes, with checkpoints that are whole. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeCheckpoint } from '../../../src/checkpoint/writeCheckpoint.ts';
import { loadHash64 } from '../../../src/hash64.ts';

/** What a folder holds: content by name, with `/`. */
export function filesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(path.join(folder, name)).isFile())
      .sort()
      .map((name) => [name.split(path.sep).join('/'), readFileSync(path.join(folder, name), 'latin1')]),
  );
}

/** Adds a whole checkpoint to a run folder. @param seconds a fact beside the tensors, which makes the bytes others */
export async function addCheckpoint(folder: string, step: number, seconds = step): Promise<string> {
  const checkpoint = {
    step,
    engine: 'simd' as const,
    config: {},
    facts: { trainSeconds: seconds },
    tensors: { 'parameters/a/w': { shape: [3], data: Float32Array.of(step, 0, -1) } },
  };
  return writeCheckpoint(path.join(folder, 'checkpoints'), checkpoint, await loadHash64());
}

/** A run that has come to a step: configuration, metrics, a picture, a checkpoint, and what belongs to a process. */
export async function writeRun(folder: string, step: number): Promise<void> {
  mkdirSync(path.join(folder, 'eval'), { recursive: true });
  writeFileSync(path.join(folder, 'config.yaml'), 'method: splat\n');
  writeFileSync(
    path.join(folder, 'metrics.jsonl'),
    `{"kind":"scalar","tag":"train/loss","step":${step},"value":1}\n`,
  );
  writeFileSync(path.join(folder, 'eval/00000.png'), 'picture');
  writeFileSync(path.join(folder, 'run.lock'), 'of a process');
  await addCheckpoint(folder, step);
}
