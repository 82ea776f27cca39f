/** The real model, evaluated with averages of its parameters. */
import { mkdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

it('[TR20] instant-ngp renders held-out images with averages, and trains to the same bits as without', async () => {
  const data = temporaryFolder();
  await mkdir(data, { recursive: true });
  await writeTinyScene(data);
  const run = async (decay: number | null, imageEverySteps = 0) => {
    const averages = ['encoding', 'networks'].map(
      (group) => `groups.${group}.transforms=[${decay === null ? '' : `{ kind: ema, decay: ${decay} }`}]`,
    );
    const config = await loadConfig(
      'instant-ngp',
      { data, trainer: { maxSteps: 60 }, evaluate: { batchEverySteps: 0, imageEverySteps } },
      [...tinySettings, ...averages],
    );
    const trainer = createTrainer(config, { runDir: null, sinks: [] });
    const losses: number[] = [];
    trainer.metrics$.subscribe((event) => {
      if (event.kind === 'scalar' && event.tag === 'train/loss') losses.push(event.value);
    });
    const { eval: evaluation } = await trainer.done;
    return { losses, psnr: evaluation?.psnr };
  };
  const plain = await run(null);
  const slow = await run(0.99);
  expect(plain.losses).toHaveLength(60);
  expect(await run(0), 'an average that forgets at once').toEqual(plain);
  expect(slow.losses).toEqual(plain.losses);
  expect(slow.psnr).not.toBe(plain.psnr);
  expect(await run(0.99, 10), 'with evaluations between').toEqual(slow);
}, 60_000);
