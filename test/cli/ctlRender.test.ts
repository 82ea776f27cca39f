/** `ctl render` on a run of its own, in processes and files. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

vi.setConfig({ testTimeout: 180_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-render-'));
  await writeTinyScene(path.join(folder, 'scene'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('ctl render', () => {
  it('[TR27] writes the pixels that an evaluation writes, other sizes and outputs, and says in one line what is wrong', async () => {
    const run = path.join(folder, 'run');
    const data = ['--data', path.join(folder, 'scene'), '--out', folder, '--name', 'run'];
    const running = startCli(['train', 'instant-ngp', ...data, ...tinySettings, 'trainer.startPaused=true']);
    const ctl = (...args: string[]) => runCli(['ctl', run, ...args], { cwd: folder });
    while ((await ctl('status')).code !== 0);
    expect((await ctl('step')).stdout).toBe('paused at step 1\n');
    expect((await ctl('evaluate')).code).toBe(0);
    const { code, stdout } = await ctl('render', '--view', '1', '--out', 'view.png');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'rendered view 1 at step 1: view.png\n' });
    const pixels = (file: string) => sharp(file).raw().toBuffer();
    expect(await pixels(path.join(folder, 'view.png'))).toEqual(
      await pixels(path.join(run, 'eval', '00001.png')),
    );
    const small = ['--split', 'train', '--scale', '0.5', '--outputs', 'rgb,depth'];
    expect((await ctl('render', '--view', '5', ...small, '--out', 'small/view.png')).stdout).toMatch(
      /^rendered view 5 at step 1: small\/view\.png, small\/view-depth\.png \(depth [\d.e-]+ to [\d.e-]+\)\n$/,
    );
    for (const file of ['view.png', 'view-depth.png'])
      expect(await sharp(path.join(folder, 'small', file)).metadata()).toMatchObject({
        width: 12,
        height: 12,
      });
    for (const [args, reason, expected] of [
      [['--view', '2'], /there is no view 2; of eval there are 2/, 1],
      [['--view', '0', '--outputs', 'smell'], /no output smell; outputs: rgb, depth, accumulation/, 1],
      [['--view', 'x'], /render: view must be a whole number/, 2],
      [[], /render: needs a view or a camera/, 2],
    ] as const) {
      const failed = await ctl('render', ...args, '--out', 'not.png');
      expect(failed.stderr).toMatch(reason);
      expect(failed).toMatchObject({ code: expected, stdout: '' });
    }
    expect((await ctl('render', '--view', '0', '--out', 'view.jpg')).stderr).toMatch(/ends in \.png/);
    expect((await ctl('stop')).code).toBe(0);
    expect((await running.result).code).toBe(0);
  });
});
