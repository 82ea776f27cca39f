/** Runs are opened to look at: the pixels are those that the run's own evaluation wrote, from the checkpoint and the poses alone. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import { openRun } from '../../machines/openRun.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { RenderRequest } from '../../src/pipeline/pipeline.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-open-'));
  await writeTinyScene(path.join(folder, 'scene'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains for `steps` steps in the folder `name`. */
async function train(
  method: string,
  name: string,
  steps: number,
  settings: string[],
  given: ConfigInput = {},
) {
  const data = path.join(folder, 'scene');
  const config = await loadConfig(
    method,
    { ...given, data, trainer: { maxSteps: steps }, sinks: [], threads: 1 },
    settings,
  );
  const runDir = path.join(folder, name);
  await createTrainer(config, { runDir }).done;
  return runDir;
}

/** Zeros in the place of the compressed pixels. */
async function damage(photo: string): Promise<void> {
  const bytes = await readFile(photo);
  await writeFile(photo, bytes.fill(0, bytes.indexOf('IDAT') + 8, bytes.indexOf('IEND') - 8));
  await expect(sharp(photo).raw().toBuffer()).rejects.toThrow();
}

function render(run: Awaited<ReturnType<typeof openRun>>, request: RenderRequest) {
  const work = run.render(request);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

const tinyNetworks = ['base.width=16', 'head.width=16', 'coarseSamples=8', 'raysPerStep=64'].map(
  (setting) => `model.${setting}`,
);
const cases = [
  ['splats', 'splat-fast', 40, [], {}],
  ['field', 'instant-ngp', 3, tinySettings, {}],
  ['networks', 'vanilla-nerf', 1, tinyNetworks, {}],
  ['averages', 'splat-fast', 5, [], { groups: { colors: { transforms: [{ kind: 'ema', decay: 0.5 }] } } }],
] as const;

describe('openRun', () => {
  it.each(cases)(
    '[RF11] shows %s (%s) as the last evaluation saw it, with photos that cannot be decoded',
    async (...one) => {
      const [name, method, steps, settings, given] = one;
      const runDir = await train(method, name, steps, [...settings], given as ConfigInput);
      const expected = await sharp(path.join(runDir, 'eval/00001.png')).raw().toBuffer();
      // Of the photos only the headers are whole.
      const scene = path.join(folder, `${name}-scene`);
      await cp(path.join(folder, 'scene'), scene, { recursive: true });
      for (const split of ['train', 'test'])
        for (const photo of await readdir(path.join(scene, split)))
          await damage(path.join(scene, split, photo));
      const run = await openRun(runDir, { data: scene });
      const { camera } = run.scene.eval[1]!;
      const { outputs } = render(run, { camera, outputs: ['rgb', 'depth', 'normals'] });
      expect(Buffer.from(outputs['rgb']!.data as Uint8Array)).toEqual(expected);
      expect(outputs['depth']!.data).toHaveLength(24 * 24);
      const normals = outputs['normals']!.data;
      const lengths = Array.from({ length: 24 * 24 }, (_, pixel) =>
        Math.hypot(...normals.subarray(pixel * 3, pixel * 3 + 3)),
      );
      expect(lengths.every((length) => length === 0 || Math.abs(length - 1) < 1e-5)).toBe(true);
      expect(run.step).toBe(steps);
      run.dispose();
    },
    120_000,
  );

  it('puts any background behind fields and splats', async () => {
    for (const name of ['splats', 'field']) {
      const run = await openRun(path.join(folder, name), { data: path.join(folder, 'scene') });
      const { camera } = run.scene.eval[0]!;
      const at = (background?: [number, number, number]) =>
        render(run, { camera, outputs: ['rgb', 'accumulation'], ...(background && { background }) }).outputs;
      const [white, blue] = [at(), at([0, 0, 1])];
      const seen = white['accumulation']!.data;
      for (const [pixel, share] of seen.entries())
        for (const [channel, background] of [0, 0, 1].entries()) {
          const before = white['rgb']!.data[pixel * 3 + channel]!;
          // Values beyond 1 are cut: there the light that is left cannot be told from the picture.
          if (before === 255 || before === 0) continue;
          const expected = before + 255 * (1 - share) * (background - 1);
          expect(Math.abs(blue['rgb']!.data[pixel * 3 + channel]! - Math.max(0, expected))).toBeLessThan(
            1.01,
          );
        }
      run.dispose();
    }
  }, 60_000);

  it('[RF10] refuses another data set, and a folder without a checkpoint, in one line', async () => {
    const other = path.join(folder, 'other');
    await cp(path.join(folder, 'scene'), other, { recursive: true });
    const file = path.join(other, 'transforms_test.json');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('"camera_angle_x":0.69', '"camera_angle_x":0.7'),
    );
    const runDir = path.join(folder, 'field');
    await expect(openRun(runDir, { data: other })).rejects.toThrow(
      /not the data that the run was trained on: held-out image .* has another pose, size/,
    );
    const empty = path.join(folder, 'empty');
    await cp(path.join(runDir, 'config.yaml'), path.join(empty, 'config.yaml'));
    await expect(openRun(empty)).rejects.toThrow(/the run has no checkpoint yet/);
  });
});
