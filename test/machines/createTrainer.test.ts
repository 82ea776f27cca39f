import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { linePipeline } from '../support/linePipeline.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await cpuEngine();
});

describe('a run', () => {
  it('[TR1] trains to the last step, evaluates all images, saves and writes its folder', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const pipeline = linePipeline();
    const summary = await createTrainer(trainerConfig(), { pipeline, engine, runDir, sinks: [] }).done;
    expect(pipeline.calls.commits).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(summary).toMatchObject({ status: 'completed', steps: 10, engine: 'cpu', threads: 1 });
    expect(summary.eval?.psnr).toBe(21);
    expect(summary.eval?.images.map(({ render }) => render)).toEqual([
      'eval/00000.png',
      'eval/00001.png',
      'eval/00002.png',
    ]);
    expect(readdirSync(runDir).sort()).toEqual(['checkpoints', 'config.yaml', 'eval', 'summary.json']);
    expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual(['step-000000010.ckpt']);
    expect(summary.checkpoint).toBe('checkpoints/step-000000010.ckpt');
    expect(JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(summary)),
    );
    expect(existsSync(path.join(runDir, 'run.lock'))).toBe(false);
  });
});
