/** `nerfstream render` and `nerfstream eval` on runs of their own, in processes and files. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

vi.setConfig({ testTimeout: 300_000 });

let folder: string;
const inside = (...parts: string[]) => path.join(folder, ...parts);
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-results-'));
  await writeTinyScene(inside('scene'));
  const where = ['--data', inside('scene'), '--out', folder];
  // The field knows by then what is empty: before, its pictures take four times as long.
  const trained = await Promise.all([
    runCli(['train', 'splat-fast', ...where, '--name', 'ball', 'trainer.maxSteps=30', 'threads=1']),
    runCli(['train', 'instant-ngp', ...where, '--name', 'field', ...tinySettings, 'trainer.maxSteps=300']),
  ]);
  for (const { code, stderr } of trained) expect(code, stderr).toBe(0);
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const cli = (...args: string[]) => runCli(args, { cwd: folder });
const pictures = (...parts: string[]) =>
  readdirSync(inside(...parts)).filter((name) => /^\d{5}\.png$/.test(name));
const hasFfmpeg = ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version']).status === 0);

describe('nerfstream render', () => {
  it('orbit writes as many frames as are asked for, and beside them where each was seen from', async () => {
    const args = ['render', 'ball', 'orbit', '--frames', '4', '--width', '32', '--out', 'orbit'];
    const { code, stdout } = await cli(...args, '--output', 'rgb,depth');
    expect([code, stdout]).toEqual([0, '4 frames of 64 x 24 pixels at step 30: orbit\n']);
    expect(readdirSync(inside('orbit')).sort()).toEqual([
      ...[0, 1, 2, 3].map((frame) => `0000${frame}.png`),
      'cameras.json',
    ]);
    expect(await sharp(inside('orbit', '00000.png')).metadata()).toMatchObject({ width: 64, height: 24 });
    const { worldToModel, frames } = JSON.parse(readFileSync(inside('orbit', 'cameras.json'), 'utf8'));
    expect(worldToModel).toEqual({ transform: expect.any(Array), scale: expect.any(Number) });
    expect(frames).toHaveLength(4);
    expect(frames[3]).toMatchObject({
      file: '00003.png',
      width: 32,
      height: 24,
      cameraToWorld: expect.any(Array),
    });
  });

  it('[RE1] killed in the middle and begun again, makes the missing frames alone, and the same ones', async () => {
    const args = ['render', 'field', 'orbit', '--frames', '14', '--scale', '6', '--out'];
    const { process: child, result } = startCli([...args, 'killed'], { cwd: folder });
    while (!existsSync(inside('killed')) || pictures('killed').length < 3)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    expect((await result).signal).toBe('SIGKILL');
    const before = pictures('killed').map(
      (name) => [name, statSync(inside('killed', name)).mtimeMs] as const,
    );
    expect(before.length).toBeLessThan(14);
    // As a process that was killed while it wrote leaves it.
    writeFileSync(inside('killed', '00013.png.4711.tmp'), 'half of a frame');
    const again = await cli(...args, 'killed', '--json');
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ frames: 14, made: 14 - before.length, step: 300 });
    for (const [name, time] of before) expect(statSync(inside('killed', name)).mtimeMs).toBe(time);
    expect(readdirSync(inside('killed'))).toHaveLength(15);
    const whole = await cli(...args, 'whole');
    expect(whole.code).toBe(0);
    for (const name of pictures('whole'))
      expect(readFileSync(inside('killed', name)).equals(readFileSync(inside('whole', name)))).toBe(true);
  });

  it('[RE2] refuses a folder with frames of another job, and says what differs', async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await cli('render', 'ball', ...args);
      expect(code).toBe(2);
      return stderr;
    };
    const same = ['orbit', '--frames', '4', '--width', '32', '--out', 'orbit'];
    expect(await refused(...same)).toMatch(
      /^error: .*orbit: holds frames of another job: shown differs\. Choose another folder \(--out\), or remove it\.\n$/,
    );
    expect(await refused('spiral', ...same.slice(1), '--output', 'rgb,depth')).toMatch(
      /: the cameras differ\./,
    );
    mkdirSync(inside('strange'));
    writeFileSync(inside('strange', '00000.png'), 'of somebody');
    expect(await refused('orbit', '--out', 'strange')).toMatch(/nothing says of which/);
  });

  it('dataset shows each view beside its photo, and writes numbers where they are asked for', async () => {
    const args = ['render', 'ball', 'dataset', '--split', 'train', '--out', 'views', '--npy', '--depth16'];
    const { code, stdout } = await cli(...args);
    expect([code, stdout]).toEqual([0, '6 frames of 96 x 24 pixels at step 30: views\n']);
    const pixels = (file: string) => sharp(file).removeAlpha().raw().toBuffer();
    const column = (index: number) =>
      sharp(inside('views', '00002.png'))
        .extract({ left: 24 * index, top: 0, width: 24, height: 24 })
        .raw()
        .toBuffer();
    const photo = await sharp(inside('scene', 'train', 'r_2.png'))
      .flatten({ background: 'white' })
      .raw()
      .toBuffer();
    expect(await column(1)).toEqual(photo);
    const [rgb, difference] = [await column(0), await column(2)];
    for (const [k, value] of difference.entries()) expect(value).toBe(Math.abs(rgb[k]! - photo[k]!));
    expect(rgb.length).toBe((await pixels(inside('scene', 'train', 'r_2.png'))).length);
    const names = readdirSync(inside('views')).filter((name) => name.startsWith('00002'));
    expect(names.sort()).toEqual(['00002-depth.npy', '00002-depth.png', '00002-rgb.npy', '00002.png']);
    expect((await sharp(inside('views', '00002-depth.png')).metadata()).depth).toBe('ushort');
    // The depth of the middle of the ball, in the data set's units: 4 away, 0.96 or so in radius.
    const { depthUnit } = JSON.parse(readFileSync(inside('views', 'cameras.json'), 'utf8'));
    const depth = readFileSync(inside('views', '00002-depth.npy')).readFloatLE(128 + 4 * (12 * 24 + 12));
    expect(depth).toBeGreaterThan(2);
    expect(depth).toBeLessThan(5);
    expect(depthUnit * 65_535).toBeGreaterThan(depth);
  });

  it('writes an animated WebP with nothing else installed', async () => {
    const { code, stderr } = await cli(
      'render',
      'ball',
      'spiral',
      '--frames',
      '5',
      '--fps',
      '10',
      '--out',
      'new/ball.webp',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(await sharp(inside('new', 'ball.webp')).metadata()).toMatchObject({
      ...{ format: 'webp', pages: 5, width: 24, loop: 0, delay: [100, 100, 100, 100, 100] },
    });
    expect(readdirSync(inside('new')).sort()).toEqual(['ball-cameras.json', 'ball.webp']);
  });

  it.skipIf(!hasFfmpeg)('writes a video by ffmpeg, with even sides', async () => {
    const args = ['render', 'ball', 'interpolate', '--frames', '6', '--width', '31', '--height', '25'];
    const { code, stderr } = await cli(...args, '--out', 'ball.mp4');
    expect([code, stderr]).toEqual([0, '']);
    const { streams } = JSON.parse(
      execFileSync('ffprobe', [
        ...['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', inside('ball.mp4')],
      ]).toString(),
    );
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      ...{ codec_name: 'h264', pix_fmt: 'yuv420p', width: 32, height: 26 },
      ...{ nb_read_frames: '6', avg_frame_rate: '24/1' },
    });
    expect(existsSync(inside('ball.mp4.frames'))).toBe(false);
  });

  it('renders a camera path of nerfstudio, as far as the lens is one of the model', async () => {
    const frame = { camera_to_world: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 4, 0, 0, 0, 1], fov: 40, aspect: 1 };
    const write = (camera_type: string) =>
      writeFileSync(
        inside(`${camera_type}.json`),
        JSON.stringify({
          camera_type,
          render_width: 16,
          render_height: 16,
          fps: 5,
          camera_path: [frame, frame],
        }),
      );
    const sizes = {
      perspective: 16,
      fisheye: 16,
      equirectangular: 16,
      omnidirectional: [16, 32],
      vr180: [32, 16],
    };
    const renderOf = async (type: string, size: number | readonly number[]) => {
      write(type);
      const out = `path-${type}`;
      const { code, stderr } = await cli('render', 'field', 'camera-path', `${type}.json`, '--out', out);
      expect([code, stderr]).toEqual([0, '']);
      expect(pictures(out)).toHaveLength(2);
      const [width, height] = typeof size === 'number' ? [size, size] : size;
      expect(await sharp(inside(out, '00000.png')).metadata()).toMatchObject({ width, height });
    };
    await Promise.all(Object.entries(sizes).map(([type, size]) => renderOf(type, size)));
    for (const type of ['equirectangular', 'vr180']) {
      const splats = await cli('render', 'ball', 'camera-path', `${type}.json`, '--out', `splats-${type}`);
      expect([splats.code, splats.stderr]).toEqual([0, '']);
      expect(pictures(`splats-${type}`)).toHaveLength(2);
    }
    const eyes = await cli('render', 'ball', 'camera-path', 'omnidirectional.json', '--out', 'no');
    expect([eyes.code, eyes.stderr]).toEqual([
      2,
      'error: splats cannot be seen by a camera with two eyes that turn round (omnidirectional): choose vr180 or equirectangular, or render a radiance field (instant-ngp)\n',
    ]);
  });

  it.each(['ball', 'field'])('[RE6] --crop shows what lies within alone: %s', async (run) => {
    const render = async (out: string, ...args: string[]) => {
      const what = ['orbit', '--frames', '1', '--output', 'accumulation', '--npy', '--out', out];
      const { code, stderr } = await cli('render', run, ...what, ...args);
      expect([code, stderr]).toEqual([0, '']);
      const bytes = readFileSync(inside(out, '00000-accumulation.npy'));
      return Array.from({ length: 24 * 24 }, (_, k) => bytes.readFloatLE(128 + 4 * k));
    };
    const whole = await render(`${run}-whole`);
    const all = await render(`${run}-all`, '--crop=-9,-9,-9,9,9,9');
    for (const [pixel, value] of all.entries()) expect(value).toBeCloseTo(whole[pixel]!, 5);
    expect(new Set(await render(`${run}-none`, '--crop', '7,7,7,8,8,8', '--frame', 'model'))).toEqual(
      new Set([0]),
    );
    // The first view stands on +x: what is above z = 0 is the upper half of the picture.
    const upper = await render(`${run}-upper`, '--crop=-1,-1,0,1,1,1');
    const sum = (values: readonly number[], from: number) =>
      values.slice(from * 24, (from + 10) * 24).reduce((total, value) => total + value, 0);
    expect(sum(upper, 0)).toBeGreaterThan(5);
    expect(sum(upper, 14)).toBeLessThan(sum(whole, 14) / 10);
  });

  it('answers what cannot be rendered in one line, with exit code 2, and leaves nothing', async () => {
    const cases = [
      [['nowhere', 'orbit'], /nowhere: there is no such run folder/],
      [
        ['ball', 'circle'],
        /there is no path "circle"; paths: orbit, spiral, interpolate, dataset, camera-path/,
      ],
      [['ball', 'camera-path'], /camera-path needs a file/],
      [['ball', 'camera-path', 'nowhere.json'], /nowhere\.json: cannot be read/],
      [['ball', 'orbit', '--output', 'smell'], /this model has no output smell; outputs: rgb, depth/],
      [['ball', 'orbit', '--output', 'photo'], /there are photos of the data set's views alone/],
      [['ball', 'orbit', '--output', 'rgb,'], /an output has no name; outputs: rgb, depth/],
      [['ball', 'orbit', '--scale', '1000'], /a picture of 24000 x 24000 pixels is too large/],
      [
        ['ball', 'orbit', '--out', 'ball.gif'],
        /ball\.gif: animations are written as \.webp, \.mp4 or \.webm/,
      ],
      [['ball', 'orbit', '--frames', '0'], /--frames 0: must be a whole number from 1/],
      [['ball', 'dataset', '--frames', '3'], /dataset has as many frames as it has cameras/],
      [['ball', 'orbit', '--step', '7'], /no checkpoint "7"; steps: 30/],
      [['ball', 'orbit', '--crop', '0,0,0,1,0,1'], /--crop .*: is empty, its minimum y is not below/],
      [
        ['ball', 'orbit', '--background', 'pink'],
        /--background pink: must be white, black, or three numbers/,
      ],
    ] as const;
    const answers = await Promise.all(cases.map(([args]) => cli('render', '--out', 'none', ...args)));
    for (const [index, { code, stderr }] of answers.entries()) {
      expect(stderr).toMatch(cases[index]![1]);
      expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    }
    expect(existsSync(inside('none'))).toBe(false);
    // A path with a shell alone.
    mkdirSync(inside('bin'));
    symlinkSync('/bin/sh', inside('bin', 'sh'));
    const env = { ...process.env, PATH: inside('bin') };
    const video = await runCli(['render', 'ball', 'orbit', '--out', 'none.mp4'], { cwd: folder, env });
    expect([video.code, video.stderr]).toEqual([
      2,
      expect.stringMatching(/^error: .*none\.mp4: a video needs ffmpeg, which was not found\. .*\n$/),
    ]);
  });
});

describe('nerfstream eval', () => {
  it('[RE3] has the PSNR and SSIM of the files that it writes, and of the run itself', async () => {
    const { code, stdout } = await cli('eval', 'ball', '--json', '--csv', 'ball.csv', '--html', 'ball.html');
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    const summary = JSON.parse(readFileSync(inside('ball', 'summary.json'), 'utf8'));
    for (const [index, { name, render, psnr, ssim }] of result.images.entries()) {
      expect(summary.eval.images[index]).toMatchObject({ name, render, psnr, ssim });
      const rendered = await sharp(inside('ball', render)).raw().toBuffer();
      const photo = await sharp(inside('scene', `${name}.png`))
        .raw()
        .toBuffer();
      let squares = 0;
      for (const [k, value] of rendered.entries()) {
        const at = Math.floor(k / 3) * 4;
        const alpha = photo[at + 3]! / 255;
        squares += (value / 255 - ((photo[at + (k % 3)]! / 255) * alpha + 1 - alpha)) ** 2;
      }
      expect(psnr).toBeCloseTo(-10 * Math.log10(squares / rendered.length), 4);
    }
    expect(result).toMatchObject({
      step: 30,
      split: 'eval',
      psnr: (result.images[0].psnr + result.images[1].psnr) / 2,
    });
    const lines = readFileSync(inside('ball.csv'), 'utf8').trim().split('\n');
    expect(lines).toEqual([
      'run,step,split,image,psnr,ssim',
      ...result.images.map((image: { name: string; psnr: number; ssim: number }) =>
        ['ball', 30, 'eval', image.name, image.psnr, image.ssim].join(','),
      ),
    ]);
    const page = readFileSync(inside('ball.html'), 'utf8');
    expect(page.match(/src="data:image\/webp;base64,/g)).toHaveLength(6);
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
  });

  it('compares runs, and leaves the pictures of the summary where it looks at something else', async () => {
    const { code, stdout } = await cli('eval', 'ball', 'field', '--html', 'both.html');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^run +step +images +PSNR \(dB\) +SSIM\nball +30 +2 +\d+\.\d\d +\d\.\d{4}\nfield +300 +2 /,
    );
    expect(readFileSync(inside('both.html'), 'utf8').match(/<tr>/g)).toHaveLength(4);
    const train = await cli('eval', 'ball', '--split', 'train', '--step', '30');
    expect(train.stdout).toMatch(
      /mean of 6 images at step 30: PSNR .*\nrenders: ball\/eval\/train-step-000000030\n$/,
    );
    expect(pictures('ball', 'eval')).toHaveLength(2);
    const best = await cli('eval', 'ball', '--step', 'best');
    expect(best.stdout).toMatch(/at step 30/);
  });

  it('[RE9] answers in one line that a file has no weights for LPIPS', async () => {
    const exported = await cli('export', 'field', 'weights', '--out', 'field.safetensors');
    expect(exported.code, exported.stderr).toBe(0);
    const { code, stderr } = await cli('eval', 'ball', '--lpips', 'field.safetensors');
    expect([code, stderr]).toEqual([
      2,
      'error: field.safetensors: has no features.0.weight: LPIPS needs AlexNet\'s "features" and the "lin" layers of lpips\n',
    ]);
  });

  it('says before it evaluates that a file cannot be written', async () => {
    const { code, stdout, stderr } = await cli('eval', 'field', '--split', 'train', '--csv', 'scene');
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      'error: scene cannot be written: it is a folder, not a file.\n',
    ]);
    expect(existsSync(inside('field', 'eval', 'train-step-000000300'))).toBe(false);
  });

  it('[RF10] refuses photos that show something else', async () => {
    const other = inside('other');
    await writeTinyScene(other);
    await sharp({ create: { width: 24, height: 24, channels: 4, background: 'blue' } })
      .png()
      .toFile(path.join(other, 'test', 'r_1.png'));
    const { code, stderr } = await cli('eval', 'ball', '--data', other, '--step', '30');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /these are not the data that the run was trained on: test\/r_1\.png shows something else\./,
      ),
    ]);
  });
});

describe('a run that trains', () => {
  it('[RE8] is rendered and exported meanwhile, and ends with the same bits, never paused', async () => {
    const args = (name: string, maxSteps: number) => [
      ...['train', 'instant-ngp', '--data', inside('scene'), '--out', folder, '--name', name],
      ...[...tinySettings, `trainer.maxSteps=${maxSteps}`, 'checkpoint.everySteps=100'],
    ];
    const { process: child, result } = startCli(args('watched', 1e6), { cwd: folder });
    const checkpoints = inside('watched', 'checkpoints');
    const isSaved = () =>
      existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.ckpt'));
    while (!isSaved() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    const seen = await cli('render', 'watched', 'orbit', '--frames', '3', '--out', 'meanwhile');
    expect([seen.code, seen.stderr]).toEqual([0, '']);
    expect(child.exitCode).toBe(null);
    expect((await cli('ctl', 'watched', 'stop')).code).toBe(0);
    const { code, stdout } = await result;
    expect(code).toBe(0);
    const step = Number(/stopped at step (\d+)/.exec(stdout)?.[1]);
    expect((await cli(...args('alone', step))).code).toBe(0);
    const last = `step-${String(step).padStart(9, '0')}.ckpt`;
    const tensors = async (name: string) => (await loadCheckpoint(inside(name, 'checkpoints', last))).tensors;
    expect(await tensors('watched')).toEqual(await tensors('alone'));
    expect(readFileSync(inside('watched', 'run.log'), 'utf8')).not.toMatch(/paused/);
  });
});
