/** Data sets, checkpoints and folders that cannot be used: exit code 2, one clear line, nothing left behind. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CliResult, runCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let data: string;
let out: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-bad-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  const own = await mkdtemp(path.join(folder, 'case-'));
  data = path.join(own, 'data');
  out = path.join(own, 'runs');
  await writeTinyScene(data);
});

const train = (...settings: string[]) =>
  runCli([
    'train',
    'instant-ngp',
    '--data',
    data,
    '--out',
    out,
    '--name',
    'run',
    'trainer.maxSteps=2',
    ...tinySettings,
    ...settings,
  ]);

async function expectRefusal({ code, stdout, stderr }: CliResult, text: RegExp): Promise<void> {
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toMatch(text);
  expect(code).toBe(2);
  // What is said before photos are decoded, if it has come to that.
  expect(stdout).toMatch(/^(\d+ training and \d+ held-out photos, [^\n]+\n)?$/);
  await expect(readdir(out)).rejects.toThrow('ENOENT');
}

type Transforms = { frames: { file_path: string; transform_matrix?: unknown }[] };

/** Changes transforms_train.json as data or as text. */
async function edit(
  change: (transforms: Transforms) => void,
  rewrite = (text: string) => text,
): Promise<void> {
  const file = path.join(data, 'transforms_train.json');
  const transforms = JSON.parse(await readFile(file, 'utf8')) as Transforms;
  change(transforms);
  await writeFile(file, rewrite(JSON.stringify(transforms)));
}

describe('a data set', () => {
  it('that is missing', async () => {
    await rm(data, { recursive: true });
    await expectRefusal(await train(), /data/);
  });

  it('that is an empty folder', async () => {
    await rm(data, { recursive: true });
    await mkdir(data);
    await expectRefusal(await train(), /transforms/);
  });

  it('with broken JSON', async () => {
    await edit(
      () => {},
      (text) => text.slice(0, text.length / 2),
    );
    await expectRefusal(await train(), /transforms_train\.json/);
  });

  it('with a frame without matrix', async () => {
    await edit(({ frames }) => {
      delete frames[2]?.transform_matrix;
    });
    await expectRefusal(await train(), /transforms_train\.json.*transform_matrix/);
  });

  it.each(['NaN', 'null', '1e999', '"0"'])('with %s in a matrix', async (word) => {
    await edit(
      () => {},
      (text) => text.replace(/"transform_matrix":\[\[-?[\d.e-]+/, `"transform_matrix":[[${word}`),
    );
    await expectRefusal(await train(), /transforms_train\.json/);
  });

  it('with a truncated JPEG', async () => {
    const file = path.join(data, 'train', 'r_0.jpg');
    await sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: 'red',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
      .jpeg()
      .toFile(file);
    await truncate(file, 3000);
    await edit(({ frames }) => {
      if (frames[0]) frames[0].file_path = './train/r_0.jpg';
    });
    await expectRefusal(await train(), /r_0\.jpg/);
  });

  it('whose images are all missing', async () => {
    await rm(path.join(data, 'train'), { recursive: true });
    await expectRefusal(await train(), /image/i);
  });
});

describe('an output folder', () => {
  it('that cannot be written', async () => {
    const file = path.join(path.dirname(data), 'file');
    await writeFile(file, '');
    const result = await runCli([
      'train',
      'instant-ngp',
      '--data',
      data,
      '--out',
      path.join(file, 'runs'),
      ...tinySettings,
    ]);
    await expectRefusal(result, /file/);
    expect(await readFile(file, 'utf8')).toBe('');
  });
});

describe('a setting that names something that is not there', () => {
  it('a sink module', async () => {
    await expectRefusal(
      await train('sinks=[{module: ./nothing.js}]'),
      /sink module [^\n]*nothing\.js does not exist/,
    );
  });

  it('a checkpoint to load', async () => {
    await expectRefusal(await train('--load', 'nothing.ckpt'), /nothing\.ckpt cannot be read/);
  });
});

describe('a checkpoint', () => {
  let trained: string;
  let checkpoint: string;
  beforeAll(async () => {
    const scene = path.join(folder, 'scene');
    await writeTinyScene(scene);
    const args = [
      'train',
      'instant-ngp',
      '--data',
      scene,
      '--out',
      folder,
      '--name',
      'trained',
      'trainer.maxSteps=2',
    ];
    const { code, stderr } = await runCli([...args, ...tinySettings]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    trained = path.join(folder, 'trained');
    checkpoint = path.join(trained, 'checkpoints', 'step-000000002.ckpt');
  });

  it('of another model', async () => {
    await expectRefusal(
      await train('--load', checkpoint, 'model.hashGrid.log2TableSize=11'),
      /step-000000002\.ckpt/,
    );
  });

  it.each(['truncated', 'flipped'])('that is %s', async (damage) => {
    const bytes = await readFile(checkpoint);
    const broken = path.join(path.dirname(data), 'broken.ckpt');
    if (damage === 'flipped') bytes[bytes.length - 1000]! ^= 4;
    await writeFile(broken, damage === 'flipped' ? bytes : bytes.subarray(0, bytes.length - 1000));
    await expectRefusal(await train('--load', broken), /broken\.ckpt/);
    const inspected = await runCli(['inspect', broken]);
    expect(inspected.code).toBe(2);
    expect(inspected.stderr).toMatch(/^error: [^\n]*broken\.ckpt[^\n]*\n$/);
  });

  it('that is the only one of a run to resume', async () => {
    const copy = path.join(path.dirname(data), 'copy');
    await mkdir(path.join(copy, 'checkpoints'), { recursive: true });
    await copyFile(path.join(trained, 'config.yaml'), path.join(copy, 'config.yaml'));
    const none = await runCli(['resume', copy]);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/^error: [^\n]*no checkpoint[^\n]*\n$/);
    const bytes = await readFile(checkpoint);
    await writeFile(path.join(copy, 'checkpoints', 'step-000000002.ckpt'), bytes.subarray(0, 5000));
    const broken = await runCli(['resume', copy]);
    expect(broken.code).toBe(2);
    expect(broken.stderr).toMatch(/^error: [^\n]*step-000000002\.ckpt[^\n]*\n$/);
    expect((await readdir(copy)).sort()).toEqual(['checkpoints', 'config.yaml']);
  });

  it('may not go on with another model, data, optimizer or seed', async () => {
    for (const setting of [
      'model.hashGrid.levels=3',
      'trainer.seed=7',
      'groups.encoding.optimizer.learningRate=1',
    ]) {
      const { code, stderr } = await runCli(['resume', trained, setting]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: [^\n]*may not change on resume[^\n]*\n$/);
    }
  });
});
