/** A model and a dataparser of a user, named in a config file, run by the built command line as a user would. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';

const root = path.resolve(import.meta.dirname, '../..');
const config = path.join(root, 'examples/turntable.yaml');
const size = 24;

/** Photo of a ball of radius 0.6 on the axis, coloured by where it is hit; the camera as examples/turntable.yaml says. */
function photoAt(degrees: number): Buffer {
  const angle = (degrees * Math.PI) / 180;
  const eye = [3 * Math.cos(angle), 3 * Math.sin(angle), 1];
  const length = Math.sqrt(10);
  const forward = eye.map((x) => -x / length);
  const right = [-Math.sin(angle), Math.cos(angle), 0];
  const up = [0, 1, 2].map(
    (k) => right[(k + 1) % 3]! * forward[(k + 2) % 3]! - right[(k + 2) % 3]! * forward[(k + 1) % 3]!,
  );
  const pixels = Buffer.alloc(size * size * 3);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const [x, y] = [((pixel % size) + 0.5 - size / 2) / 30, (size / 2 - Math.floor(pixel / size) - 0.5) / 30];
    const ray = [0, 1, 2].map((k) => forward[k]! + x * right[k]! + y * up[k]!);
    const norm = Math.hypot(...ray);
    const d = ray.map((value) => value / norm);
    const along = -eye.reduce((sum, value, k) => sum + value * d[k]!, 0);
    const miss = 10 - along ** 2;
    if (miss > 0.36) continue;
    const t = along - Math.sqrt(0.36 - miss);
    for (let k = 0; k < 3; k++) pixels[pixel * 3 + k] = 255 * (0.5 + (eye[k]! + t * d[k]!) / 1.2);
  }
  return pixels;
}

function nerfstream(cwd: string, ...args: string[]) {
  return new Promise<{ code: number; output: string }>((resolve) =>
    execFile(
      process.execPath,
      [path.join(root, 'dist/src/cli/main.js'), ...args],
      { cwd },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}` }),
    ),
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const photos = path.join(folder, 'photos');
const runs = path.join(folder, 'runs');
const tensorsOf = async (run: string, step: number) =>
  (await inspectCheckpoint(path.join(runs, run, `checkpoints/step-${String(step).padStart(9, '0')}.ckpt`)))
    .tensors;

describe('examples/turntable.yaml', () => {
  beforeAll(async () => {
    mkdirSync(photos);
    const degrees = Array.from({ length: 16 }, (_, index) => index * 22.5);
    for (const angle of degrees)
      await sharp(photoAt(angle), { raw: { width: size, height: size, channels: 3 } }).toFile(
        path.join(photos, `${angle}.png`),
      );
    writeFileSync(
      path.join(photos, 'turntable.csv'),
      degrees.map((angle) => `${angle}.png,${angle}\n`).join(''),
    );
  });

  it('[CF1] trains, is reproduced by its config.yaml from elsewhere, and resumes to the same bits', async () => {
    const to = ['--data', photos, '--out', runs, 'threads=1'];
    const first = await nerfstream(folder, 'train', config, ...to, '--name', 'first', 'trainer.maxSteps=150');
    expect(first.code, first.output).toBe(0);
    const summary = JSON.parse(readFileSync(path.join(runs, 'first/summary.json'), 'utf8'));
    expect(summary.eval.images.map(({ name }: { name: string }) => name)).toEqual(['157.5.png', '337.5.png']);
    // A picture of the mean colour alone would reach less than 10 dB.
    expect(summary.eval.psnr).toBeGreaterThan(18);

    const complete = path.join(runs, 'first/config.yaml');
    const again = await nerfstream(path.dirname(runs), 'train', complete, '--out', runs, '--name', 'again');
    expect(again.code, again.output).toBe(0);
    expect(await tensorsOf('again', 150)).toEqual(await tensorsOf('first', 150));

    const half = await nerfstream(folder, 'train', config, ...to, '--name', 'half', 'trainer.maxSteps=60');
    expect(half.code, half.output).toBe(0);
    const resumed = await nerfstream(folder, 'resume', path.join(runs, 'half'), 'trainer.maxSteps=150');
    expect(resumed.code, resumed.output).toBe(0);
    expect(await tensorsOf('half', 150)).toEqual(await tensorsOf('first', 150));
  }, 240_000);

  it.each([
    ['model', '  width: 48', '  widht: 48', ':15: model.widht: unknown key, did you mean model.width?'],
    [
      'dataparser',
      '    height: 1',
      '    height: high',
      ':8: data.parser.height: "high" does not fit: expected a number (Of the camera above what it looks at)',
    ],
    [
      'path',
      './fogModel.mjs',
      './fog.mjs',
      `:14: model.module: the module ${path.join(root, 'examples/fog.mjs')} does not exist`,
    ],
  ])(
    '[CF2] a mistake in what a module of the user takes is answered with its line: %s',
    async (_what, right, wrong, message) => {
      const text = readFileSync(config, 'utf8')
        .replace(right, wrong)
        .replaceAll('./', `${path.join(root, 'examples')}/`);
      const file = path.join(folder, 'wrong.yaml');
      writeFileSync(file, text);
      const { code, output } = await nerfstream(folder, 'train', file, '--data', photos, '--out', runs);
      expect(output).toContain(`wrong.yaml${message}`);
      expect(output.trimEnd()).not.toContain('\n');
      expect(code).toBe(2);
    },
    60_000,
  );
});
