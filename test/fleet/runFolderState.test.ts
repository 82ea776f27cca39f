import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineConfig } from '../../src/config/loadConfig.ts';
import { contentOf, endInFolder, newestMetrics } from '../../src/fleet/runFolderState.ts';
import { writeConfig } from '../../src/runFolder/writeConfig.ts';
import { writeSummary } from '../../src/runFolder/writeSummary.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = defineConfig({ data: '/photos', trainer: { maxSteps: 100 } });

it('[FL1] the newest value of each scalar counts; single images, what is not finite, and half a line do not', async () => {
  const line = (tag: string, value: unknown, kind = 'scalar') =>
    JSON.stringify({ kind, tag, step: 1, wallTime: 0, value });
  const lines = [
    line('train/loss', 3),
    line('eval/psnr', 20),
    line('train/loss', 2),
    line('eval/images/0/psnr', 19),
    line('train/psnr', 10),
    line('train/psnr', 'NaN'),
    line('note', 'scalar', 'text'),
    line('train/loss', 1).slice(0, -3),
  ];
  await writeFile(path.join(folder, 'metrics.jsonl'), lines.join('\n'));
  expect(await newestMetrics(path.join(folder, 'metrics.jsonl'))).toEqual({
    'train/loss': 2,
    'eval/psnr': 20,
  });
  expect(await newestMetrics(path.join(folder, 'nothing.jsonl'))).toEqual({});
});

describe('what lies in a folder', () => {
  const content = () => contentOf(folder, config);

  it('[FL5] nothing, something else, or a run that was never saved', async () => {
    expect(await contentOf(path.join(folder, 'none'), config)).toBe('none');
    await mkdir(path.join(folder, 'checkpoints'));
    await writeFile(path.join(folder, 'run.lock'), '{}');
    expect(await content()).toBe('empty');
    await writeFile(path.join(folder, 'notes.txt'), 'mine');
    expect(await content()).toBe('other');
    await writeConfig(folder, config);
    expect(await content()).toBe('empty');
    await writeConfig(folder, { ...config, trainer: { ...config.trainer, seed: 7 } });
    expect(await content()).toBe('other');
  });

  it('[FL5] a damaged checkpoint alone is nobody to go on from, and nothing to delete', async () => {
    await mkdir(path.join(folder, 'checkpoints'));
    await writeConfig(folder, config);
    await writeFile(path.join(folder, 'checkpoints', 'step-000000010.ckpt'), 'broken');
    expect(await content()).toBe('other');
  });
});

describe('whether a run has ended there', () => {
  const summary = (status: string, steps: number) => writeSummary(folder, { status, steps, trainSeconds: 3 });
  const end = (wanted = config, stopAtStep?: number) => endInFolder(folder, wanted, stopAtStep);
  beforeEach(() => writeConfig(folder, { ...config, trainer: { ...config.trainer, stopAtStep: 30 } }));

  it('[FL2] one that completed has, for who asks for the same', async () => {
    await summary('completed', 100);
    expect(await end()).toEqual({
      outcome: 'finished',
      ending: 'completed',
      step: 100,
      trainSeconds: 3,
      metrics: {},
    });
    expect(await end({ ...config, data: { ...config.data, path: '/elsewhere' }, threads: 7 })).toMatchObject({
      step: 100,
    });
    expect(await end({ ...config, trainer: { ...config.trainer, maxSteps: 200 } })).toBeUndefined();
  });

  it('[FL3] one that stopped at a step has come to that step, and not to a later one or its end', async () => {
    await summary('stopped', 30);
    expect(await end(config, 30)).toMatchObject({ outcome: 'reachedStep', step: 30 });
    expect(await end(config, 60)).toBeUndefined();
    expect(await end()).toBeUndefined();
  });

  it.each(['interrupted', 'failed'])('[FL2] one that %s has not', async (status) => {
    await summary(status, 50);
    expect(await end(config, 30)).toBeUndefined();
  });
});
