/** What a run has learned, written for other programs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSplatPly } from '../../src/models/splat/splatPly.ts';
import { runCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = (name: string) => path.join(folder, name);
const ply = (name: string) => path.join(folder, `${name}.ply`);

beforeAll(async () => {
  const scene = path.join(folder, 'scene');
  await writeTinyScene(scene);
  const where = ['--data', scene, '--out', folder];
  const splats = await runCli([
    'train',
    'splat-fast',
    ...where,
    '--name',
    'ball',
    'trainer.maxSteps=40',
    'threads=2',
  ]);
  expect(splats.code, splats.stderr).toBe(0);
  const field = await runCli(['train', ...where, '--name', 'field', ...tinySettings, 'trainer.maxSteps=1']);
  expect(field.code).toBe(0);
}, 120_000);

describe('nerfstream export RUN_DIR splats', () => {
  it('writes all splats of the newest checkpoint, where the data set has the object', async () => {
    const { code, stdout } = await runCli(['export', run('ball'), 'splats', '--out', ply('ball')]);
    expect(code).toBe(0);
    const checkpoint = path.join(run('ball'), 'checkpoints/step-000000040.ckpt');
    const inspected = await runCli(['inspect', checkpoint, '--json']);
    const { tensors } = JSON.parse(inspected.stdout) as { tensors: { name: string; shape: number[] }[] };
    const count = tensors.find(({ name }) => name === 'parameters/means/means')!.shape[0];
    expect(stdout).toContain(`${count} splats of step 40`);
    const { means, scales } = decodeSplatPly(readFileSync(ply('ball')), 'ball.ply');
    expect(means).toHaveLength(count! * 3);
    // The ball has a radius of 0.96 or so, seen from 4 away: its splats lie about the origin, and are smaller than it.
    const distances = Array.from({ length: count! }, (_, k) =>
      Math.hypot(...means.subarray(k * 3, k * 3 + 3)),
    );
    expect(distances.sort((a, b) => a - b)[Math.floor(count! * 0.9)]).toBeLessThan(1.3);
    expect(distances[Math.floor(count! * 0.5)]).toBeGreaterThan(0.2);
    expect(Math.exp([...scales].sort((a, b) => a - b)[Math.floor(scales.length / 2)]!)).toBeLessThan(1);
  }, 60_000);

  it('answers what cannot be exported in one line, with exit code 2', async () => {
    const failure = async (...args: string[]) => {
      const { code, stderr } = await runCli(['export', ...args]);
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      return stderr;
    };
    expect(await failure(run('field'), 'splats', '--out', ply('x'))).toMatch(
      /its model has no splats; train one/,
    );
    expect(await failure(run('ball'), 'splats', '--out', 'x.stl')).toMatch(/written as \.ply/);
    expect(await failure(run('ball'), 'mesh', '--out', ply('x'))).toMatch(
      /"mesh" cannot be exported; what can: splats/,
    );
    expect(await failure(run('ball'), 'splats', '--out', ply('x'), '--step', '7')).toMatch(
      /no checkpoint "7"; steps: 40/,
    );
    expect(await failure(run('nowhere'), 'splats', '--out', ply('x'))).toMatch(/nowhere/);
  }, 60_000);
});
