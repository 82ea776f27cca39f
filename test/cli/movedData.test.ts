/** Runs whose photos or whose folder have moved since they were trained, in processes of their own. */
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCheckpointStore } from '../../src/checkpoint/checkpointStore.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { runCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-moved-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [trainedOn, moved, other] = ['scene', 'moved', 'other'].map((name) => path.join(folder, name)) as [
  string,
  string,
  string,
];
const train = (name: string, maxSteps: number) =>
  runCli([
    ...['train', 'instant-ngp', '--data', trainedOn, '--out', folder, '--name', name],
    ...tinySettings,
    `trainer.maxSteps=${maxSteps}`,
  ]);
const run = (name: string) => path.join(folder, name);
const inspect = async (name: string, step: number) => {
  const file = path.join(run(name), 'checkpoints', `step-${String(step).padStart(9, '0')}.ckpt`);
  const { stdout } = await runCli(['inspect', file, '--json']);
  return (JSON.parse(stdout) as { tensors: unknown }).tensors;
};
/** Another place for each run, so that a test finds it as it was trained. */
const copyOf = (name: string) => {
  const copy = path.join(temporaryFolder(), 'copied');
  cpSync(run(name), copy, { recursive: true });
  return copy;
};

beforeAll(async () => {
  await writeTinyScene(trainedOn);
  const [whole, half] = await Promise.all([train('whole', 6), train('half', 3)]);
  expect([whole.code, half.code]).toEqual([0, 0]);
  renameSync(trainedOn, moved);
  cpSync(moved, other, { recursive: true });
  const file = path.join(other, 'transforms_train.json');
  const transforms = JSON.parse(readFileSync(file, 'utf8')) as { frames: { transform_matrix: number[][] }[] };
  transforms.frames[2]!.transform_matrix[0]![3]! += 0.01;
  writeFileSync(file, JSON.stringify(transforms));
}, 120_000);

describe('held-out photos that are missing', () => {
  it('[DA4] trains, and says that nothing was held out; the summary has no evaluation', async () => {
    const scene = path.join(temporaryFolder(), 'scene');
    cpSync(moved, scene, { recursive: true });
    rmSync(path.join(scene, 'test'), { recursive: true });
    const where = ['--data', scene, '--out', folder, '--name', 'no-held-out'];
    const { code, stdout } = await runCli([
      'train',
      'instant-ngp',
      ...where,
      ...tinySettings,
      'trainer.maxSteps=2',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/completed at step 2 .*\nno image was held out, so nothing says how good it is\n/);
    const summary = JSON.parse(readFileSync(path.join(run('no-held-out'), 'summary.json'), 'utf8')) as object;
    expect(summary).not.toHaveProperty('eval');
    const evaluated = await runCli(['eval', run('no-held-out')]);
    expect(evaluated.stderr).toMatch(/the run's data set has no held-out images/);
  });
});

describe('photos that have moved', () => {
  it.each(['resume', 'eval'])(
    '[RF10] %s says where they are not, and how to say where they are',
    async (command) => {
      const { code, stderr } = await runCli([command, copyOf('half')]);
      expect(code).toBe(2);
      expect(stderr).toBe(`error: ${trainedOn}: does not exist. Say where the data set is: --data DIR.\n`);
    },
  );

  it('[RF10] [RF5] resume goes on in a copied folder with --data, to the bits of an unbroken run', async () => {
    const copy = copyOf('half');
    const { code, stderr } = await runCli(['resume', copy, '--data', moved, 'trainer.maxSteps=6']);
    expect([code, stderr]).toEqual([0, '']);
    renameSync(copy, run('resumed'));
    expect(await inspect('resumed', 6)).toEqual(await inspect('whole', 6));
    expect((await loadConfig(path.join(run('resumed'), 'config.yaml'))).data.path).toBe(moved);
  });

  it.each([
    ['a setting', (_: string) => [`data.path=${moved}`]],
    [
      'an edited config.yaml',
      (copy: string) => {
        const file = path.join(copy, 'config.yaml');
        writeFileSync(file, readFileSync(file, 'utf8').replace(trainedOn, moved));
        return [];
      },
    ],
  ])('[RF10] resume takes their place from %s', async (_, settings) => {
    const copy = copyOf('half');
    const { code, stderr } = await runCli(['resume', copy, ...settings(copy), 'trainer.maxSteps=4']);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('[RF10] eval gives the values of the run', async () => {
    const copy = copyOf('whole');
    const { code, stdout } = await runCli(['eval', copy, '--data', moved, '--json']);
    expect(code).toBe(0);
    const summary = JSON.parse(readFileSync(path.join(copy, 'summary.json'), 'utf8')) as {
      eval: { psnr: number };
    };
    expect((JSON.parse(stdout) as { psnr: number }).psnr).toBe(summary.eval.psnr);
  });

  it.each([
    ['resume', 'trainer.maxSteps=4'],
    ['eval', '--json'],
  ])('[RF6] %s refuses other data, and names the first frame that differs', async (command, argument) => {
    const { code, stderr } = await runCli([command, copyOf('half'), '--data', other, argument]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: .*other: these are not the data that the run was trained on: training image train\/r_2\.png has another pose, size \(data\.downscale\) or lens\. Name the folder of the same data \(--data DIR\).*\n$/,
    );
  });

  it('[RF10] a checkpoint of an earlier version, which says nothing of its data, is resumed with a warning', async () => {
    const copy = copyOf('half');
    const checkpoints = path.join(copy, 'checkpoints');
    const store = createCheckpointStore({ folder: checkpoints, keep: 9, log: { warn: () => undefined } });
    const { checkpoint } = (await store.loadLatest())!;
    const { data: _data, ...facts } = checkpoint.facts;
    await store.save({ ...checkpoint, facts });
    await store.dispose();
    const { code, stdout, stderr } = await runCli(['resume', copy, '--data', moved, 'trainer.maxSteps=4']);
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/does not say which data it was trained on/);
  });
});
