/** Photos that find no room in memory lie in a file; what is trained and evaluated does not notice. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createPipeline } from '../../src/pipeline/createPipeline.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** Twelve steps: four at each resolution. */
const splatSettings = [
  ...['threads=1', 'model.start.points=300', 'model.maxSplats=600', 'model.horizonSteps=12'],
  ...['model.quarterUntil=0.3', 'model.halfUntil=0.6', 'model.background=white'],
];

/** Losses of some steps and the first evaluations, and what was said of the photos. */
async function trained(method: string, data: string, settings: readonly string[]) {
  const config = await loadConfig(method, { data }, settings);
  const engine = await createEngine(config);
  const lines: string[] = [];
  const quiet = () => {};
  const log = {
    ...{ debug: quiet, warn: quiet, error: quiet },
    info: (_: object, line: string) => void lines.push(line),
  };
  const pipeline = await createPipeline(config, engine, log);
  try {
    const losses: number[] = [];
    for (let step = 1; step <= 12; step++) {
      losses.push(Number(pipeline.trainStep(step).losses['loss']));
      pipeline.commit?.(step);
      // What is read ahead comes between two steps.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const evaluations = [pipeline.evalBatch!(3), pipeline.evalImage!(1)!.metrics['psnr']];
    return { losses, evaluations, views: pipeline.views, lines };
  } finally {
    pipeline.dispose();
    engine.dispose();
  }
}

describe('photos beyond the memory that is allowed', { timeout: 120_000 }, () => {
  it('[DA23] instant-ngp: the same bits with all, some and no photos in memory', async () => {
    const folder = temporaryFolder();
    await writeTinyScene(folder);
    const [all, some, none] = [
      await trained('instant-ngp', folder, tinySettings),
      // Of 8 photos of 24 x 24 pixels with alpha, 2,304 bytes each, four.
      await trained('instant-ngp', folder, [...tinySettings, 'data.memoryMegabytes=0.01']),
      await trained('instant-ngp', folder, [...tinySettings, 'data.memoryMegabytes=0.001']),
    ];
    expect(some.losses).toEqual(all.losses);
    expect(none.losses).toEqual(all.losses);
    expect(some.evaluations).toEqual(all.evaluations);
    expect(none.evaluations).toEqual(all.evaluations);
    const said = '6 training and 2 held-out photos, 24 x 24 pixels: 1 MB decoded';
    expect(all.lines).toContain(`${said}, in memory`);
    expect(some.lines.find((line) => line.startsWith(said))).toMatch(
      / of it in memory and .* in a temporary file in /,
    );
    expect(none.lines.find((line) => line.startsWith(said))).toMatch(
      /decoded, in a temporary file in .*data\.memoryMegabytes/,
    );
  });

  it('[DA23] splats: the same bits with and without room for all pictures', async () => {
    const folder = temporaryFolder();
    await writeTinyScene(folder);
    const all = await trained('splat', folder, splatSettings);
    // Pictures of a photo are 2,304, 576 and 144 bytes: room for none, and for some.
    for (const megabytes of [0.0001, 0.006]) {
      const some = await trained('splat', folder, [...splatSettings, `data.memoryMegabytes=${megabytes}`]);
      expect(some.losses).toEqual(all.losses);
      expect(some.evaluations).toEqual(all.evaluations);
    }
    expect(new Set(all.losses).size).toBe(12);
  });
});

describe('data.downscale', { timeout: 120_000 }, () => {
  it('[DA21] makes held-out photos smaller, too', async () => {
    const folder = temporaryFolder();
    await writeTinyScene(folder);
    const { views, losses } = await trained('instant-ngp', folder, [...tinySettings, 'data.downscale=2']);
    for (const view of [...views!.train, ...views!.eval])
      expect(view).toMatchObject({ width: 12, height: 12, cx: 6 });
    expect(losses.every(Number.isFinite)).toBe(true);
  });
});
