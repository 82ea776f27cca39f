/** Vanilla NeRF from the command line: train, interrupt by a limit, resume, inspect, evaluate. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './runCli.ts';
import { writeTinyScene } from './tinyScene.ts';

const settings = [
  'model.base.layers=3',
  'model.base.width=16',
  'model.base.skipLayers=[2]',
  'model.head.width=16',
  'model.coarseSamples=8',
  'model.importanceSamples=8',
  'model.raysPerStep=32',
  'threads=1',
  'engine=simd',
];

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-vanilla-'));
  data = path.join(folder, 'scene');
  await writeTinyScene(data);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (name: string, maxSteps: number, ...more: string[]) =>
  runCli([
    ...['train', 'vanilla-nerf', '--data', data, '--out', folder, '--name', name],
    ...settings,
    `trainer.maxSteps=${maxSteps}`,
    ...more,
  ]);
const inspect = async (name: string, step: number) => {
  const file = path.join(folder, name, 'checkpoints', `step-${String(step).padStart(9, '0')}.ckpt`);
  const { stdout } = await runCli(['inspect', file, '--json']);
  return (JSON.parse(stdout) as { tensors: { name: string; checksum: string }[] }).tensors;
};

describe('nerfstream train vanilla-nerf', () => {
  it('trains, writes pictures and metrics, and a resumed run ends with the bits of an unbroken one', async () => {
    const [whole, half] = await Promise.all([train('whole', 12), train('half', 6)]);
    expect(whole.stderr).toBe('');
    expect([whole.code, half.code]).toEqual([0, 0]);
    const resumed = await runCli(['resume', path.join(folder, 'half'), 'trainer.maxSteps=12', 'threads=2']);
    expect(resumed.code).toBe(0);
    const tensors = await inspect('whole', 12);
    expect(await inspect('half', 12)).toEqual(tensors);
    expect(tensors.map(({ name }) => name)).toContain('parameters/fields/fine/base/2/position_weights');
    const summary = JSON.parse(readFileSync(path.join(folder, 'whole', 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ status: 'completed', steps: 12 });
    expect(summary.eval.images).toHaveLength(2);
    expect(existsSync(path.join(folder, 'whole', summary.eval.images[0].render))).toBe(true);
    const metrics = readFileSync(path.join(folder, 'whole', 'metrics.jsonl'), 'utf8');
    for (const tag of ['train/loss/rgb_coarse', 'train/loss/rgb_fine', 'train/psnr', 'eval/psnr'])
      expect(metrics).toContain(`"${tag}"`);
    const evaluated = await runCli(['eval', path.join(folder, 'whole')]);
    expect(evaluated.code).toBe(0);
  }, 90_000);

  it('refuses layers that cannot be skipped to, in one line', async () => {
    const { code, stderr } = await train('odd', 2, 'model.base.skipLayers=[3]');
    expect(code).toBe(2);
    expect(stderr).toMatch(/model\.base\.skipLayers.*1 to layers - 1/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('nerfstream demo vanilla-nerf', () => {
  it('trains that method, for ten minutes unless somebody says otherwise', async () => {
    const demo = async (name: string, ...more: string[]) => {
      const where = ['demo', 'vanilla-nerf', '--out', folder, '--name', name, `data.path=${data}`];
      const { code } = await runCli([...where, ...settings, 'trainer.maxSteps=2', ...more]);
      expect(code).toBe(0);
      return readFileSync(path.join(folder, name, 'config.yaml'), 'utf8');
    };
    const config = await demo('demo');
    expect(config).toMatch(/^method: vanilla-nerf$/m);
    expect(config).toMatch(/maxSeconds: 600$/m);
    expect(await demo('short', 'trainer.maxSeconds=30')).toMatch(/maxSeconds: 30$/m);
  }, 60_000);
});
