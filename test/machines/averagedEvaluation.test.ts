/** The real model, evaluated with averages of its parameters. */
import { mkdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withAveragedEvaluation } from '../../machines/averagedEvaluation.ts';
import { createTrainer } from '../../machines/createTrainer.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { RenderedImage, RenderRequest } from '../../src/pipeline/pipeline.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { linePipeline } from '../support/linePipeline.ts';
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

it('[TR20] a rendering holds the averages from its first piece to its last; what was trained is back after it, and after one that is left or fails', async () => {
  const engine = await cpuEngine();
  const pipeline = linePipeline();
  const seen: number[][] = [];
  function* render({ outputs }: RenderRequest): Generator<number, RenderedImage> {
    for (let piece = 1; piece <= 3; piece++) {
      seen.push(pipeline.values().slice(0, 2));
      if (piece === 2 && outputs.includes('faulty')) throw new Error('faulty');
      yield piece / 3;
    }
    return { width: 1, height: 1, outputs: {} };
  }
  // The slope alone has an average.
  const average = Float32Array.of(8);
  const state = { 'line/slope/average': { shape: [], data: average } };
  const { render: averaged, renderTrained } = withAveragedEvaluation(
    engine,
    { ...pipeline, render },
    () => state,
  );
  const camera = { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], width: 1, height: 1, fx: 1, fy: 1 };
  const request = { camera, outputs: ['rgb'] };
  const trained = pipeline.values();
  const back = () => expect([pipeline.values(), [...average]]).toEqual([trained, [8]]);

  const whole = averaged!(request);
  back();
  for (let piece = whole.next(); !piece.done; piece = whole.next());
  back();
  const left = averaged!(request);
  left.next();
  left.return(undefined as never);
  back();
  const failing = averaged!({ ...request, outputs: ['faulty'] });
  failing.next();
  expect(() => failing.next()).toThrow('faulty');
  back();
  expect(seen.map(([slope]) => slope)).toEqual([8, 8, 8, 8, 8, 8]);
  for (const _ of renderTrained!(request)) back();
  expect(seen.slice(6).map(([slope]) => slope)).toEqual([0.25, 0.25, 0.25]);
  pipeline.dispose();
  engine.dispose();
});
