/** What the command line says of photos before it trains, and how it ends while it decodes them. */
import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { poseAt, writeTransforms } from '../data/dataSet.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

/** Temporary folders and files of this program. */
const leftovers = () => readdirSync(os.tmpdir()).filter((name) => /^nerfstream-(check|photos)-/.test(name));

describe('train --check', { timeout: 180_000 }, () => {
  const check = async (...settings: string[]) => {
    const folder = temporaryFolder();
    await writeTinyScene(path.join(folder, 'scene'));
    const before = leftovers();
    const result = await runCli([
      ...['train', 'instant-ngp', '--check', '--data', path.join(folder, 'scene'), '--out', folder],
      ...['--name', 'checked', ...tinySettings, ...settings],
    ]);
    expect(existsSync(path.join(folder, 'checked'))).toBe(false);
    expect(leftovers()).toEqual(before);
    return result;
  };

  it('[CF4] says what would happen, and leaves nothing', async () => {
    const { code, stdout, stderr } = await check('trainer.maxSteps=2000', 'trainer.maxSeconds=90');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^6 training and 2 held-out photos, 24 x 24 pixels: 1 MB decoded, in memory\n/);
    for (const line of [
      /^method: instant-ngp, on engine simd with 1 threads$/m,
      /^frame: cameras lie within \(-4\.00, -3\.46, 0\.00\) and \(4\.00, 3\.46, 0\.00\)$/m,
      /^2 steps: \d+ ms for the second one, loss [\d.]+$/m,
      /^evaluation: [\d.]+ s for a held-out photo, PSNR [\d.]+ dB$/m,
      /^a checkpoint: \d+ MB$/m,
      /^memory: /m,
      /^expected: about \d+:\d\d of training \(.*\), and \d+:\d\d for \d+ evaluations? of all held-out photos$/m,
    ])
      expect(stdout).toMatch(line);
  });

  it('[CF4] finds what is wrong with photos, settings and sinks: one line, exit code 2', async () => {
    const [none, sink] = [
      await check('data.path=nowhere'),
      await check('sinks=[{kind: module, path: ./none.mjs}]'),
    ];
    expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: .*does not exist.*\n$/) });
    expect(sink).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: [^\n]*\n$/) });
  });
});

describe('a signal while photos are decoded', { timeout: 180_000 }, () => {
  const photos = 120;

  it.each([[[]], [['--check']]])(
    '[TR31] ends the run at once, and nothing is left: train %s',
    async (options) => {
      const folder = temporaryFolder();
      mkdirSync(path.join(folder, 'images'));
      const [width, height] = [2400, 1800];
      const noise = Buffer.from(Array.from({ length: width * 3 }, (_, k) => (k * 7919) % 251));
      const picture = sharp(Buffer.concat(Array.from({ length: height }, () => noise)), {
        raw: { width, height, channels: 3 },
      });
      const first = path.join(folder, 'images', '0.jpg');
      writeFileSync(first, await picture.jpeg({ quality: 95 }).toBuffer());
      for (let index = 1; index < photos; index++)
        linkSync(first, path.join(folder, 'images', `${index}.jpg`));
      writeTransforms(folder, {
        fl_x: 2000,
        frames: Array.from({ length: photos }, (_, index) => ({
          file_path: `images/${index}.jpg`,
          transform_matrix: poseAt(index / photos, 0, 1),
        })),
      });
      const before = leftovers();
      // With no memory for pixels they go to a file.
      const run = startCli([
        ...[
          'train',
          'instant-ngp',
          ...options,
          '--data',
          folder,
          '--out',
          path.join(folder, 'runs'),
          '--name',
          'a',
        ],
        ...['data.memoryMegabytes=1', 'threads=1'],
      ]);
      let said = '';
      let signalledMs = 0;
      run.process.stdout!.on('data', (chunk) => {
        said += String(chunk);
        if (!said.includes('in a temporary file in') || signalledMs > 0) return;
        signalledMs = performance.now();
        run.process.kill('SIGINT');
      });
      const { code, stdout } = await run.result;
      expect(code).toBe(130);
      expect(stdout).toMatch(
        /^placed: center poses .*, orientation up .*, scale .*\nphotos of 2400 x 1800 pixels are made smaller while they are decoded: 1600 x 1200, held-out ones too .*\n108 training and 12 held-out photos, 1600 x 1200 pixels: 692 MB decoded, in a temporary file in .*\n/,
      );
      expect(performance.now() - signalledMs).toBeLessThan(15_000);
      expect(existsSync(path.join(folder, 'runs'))).toBe(false);
      expect(leftovers()).toEqual(before);
    },
  );
});
