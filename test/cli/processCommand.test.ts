/** `nerfstream process` with the real COLMAP (skipped, by name, where there is none) on views whose poses are known, and what it refuses. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { colmapCameraToWorld } from '../../src/data/dataparsers/colmap/colmapModel.ts';
import { readColmapModel } from '../../src/data/dataparsers/colmap/openColmap.ts';
import { demoCamera } from '../../src/data/demo/demoCameras.ts';
import { createDemoObjects } from '../../src/data/demo/demoObjects.ts';
import { renderDemoView } from '../../src/data/demo/renderDemoView.ts';
import type { Vector3 } from '../../src/data/vector3.ts';
import { writePng } from '../../src/data/writePng.ts';
import { findColmap } from '../../src/process/findColmap.ts';
import type { ProcessReport } from '../../src/process/processReport.ts';
import { alignedErrors } from '../support/alignedErrors.ts';
import { dataDir, hasDataSet } from '../support/dataDir.ts';
import { type CliResult, runCli, startCli } from './runCli.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => path.join(folder, ...names);
const { found: colmap } = await findColmap();

/** A twelfth of a turn around the demo's objects, going up and down. */
const positions = Array.from({ length: 12 }, (_, view): Vector3 => {
  const angle = (4 * view * Math.PI) / 180;
  const height = 0.45 + 0.1 * Math.sin(3 * angle);
  return [
    4 * Math.cos(height) * Math.cos(angle),
    4 * Math.cos(height) * Math.sin(angle),
    4 * Math.sin(height),
  ];
});
const pathLength = positions
  .slice(1)
  .reduce(
    (sum, to, index) => sum + Math.hypot(...to.map((value, axis) => value - positions[index]![axis]!)),
    0,
  );
const cameras = positions.map((position) => demoCamera(position, 480));
const nameOf = (view: number) => `view-${String(view).padStart(2, '0')}.png`;

describe.skipIf(!colmap)('nerfstream process, with COLMAP', () => {
  beforeAll(async () => {
    mkdirSync(at('set', 'images'), { recursive: true });
    const objects = createDemoObjects();
    for (const [view, camera] of cameras.entries())
      await writePng(at('set', 'images', nameOf(view)), renderDemoView(objects, camera));
    const frames = cameras.map(({ cameraToWorld: m }, view) => ({
      file_path: `images/${nameOf(view)}`,
      transform_matrix: [m.slice(0, 4), m.slice(4, 8), m.slice(8, 12), [0, 0, 0, 1]],
    }));
    writeFileSync(at('set', 'transforms.json'), JSON.stringify({ camera_angle_x: 0.66, frames }));
  });

  it('[PR1] [PR9] goes on after a kill, and places views where they were taken from, to 0.5% of their path', async () => {
    const command = ['process', at('set', 'images'), '--out', at('placed')];
    const first = startCli(command);
    await new Promise<void>((resolve) => {
      first.process.stdout!.on('data', (chunk) => {
        if (String(chunk).includes('features: done')) resolve();
      });
      void first.result.then(() => resolve());
    });
    first.process.kill('SIGKILL');
    expect((await first.result).signal).toBe('SIGKILL');

    const { code, stdout, stderr } = await runCli(command);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/photos: done before\ncameras: done before\nfeatures: done before\n/);
    expect(stdout).toMatch(/matching: done in .*\nmapping: done in/s);
    expect(stdout).toContain('12 of 12 photos placed');

    const model = await readColmapModel({ folder: at('placed', 'sparse', '0'), ending: 'bin' });
    const placed = [...model.images].sort((a, b) => (a.name < b.name ? -1 : 1)).map(colmapCameraToWorld);
    const errors = alignedErrors(
      placed.map((pose) => [pose[3]!, pose[7]!, pose[11]!]),
      positions,
    );
    expect(Math.max(...errors)).toBeLessThan(0.005 * pathLength);

    const report = JSON.parse(readFileSync(at('placed', 'report.json'), 'utf8')) as ProcessReport;
    expect(report).toMatchObject({ photos: 12, placed: 12, notPlaced: [], models: 1, advice: [] });
    expect(report.points).toBe(model.points.colors.length / 3);
    expect(report.reprojectionErrorPixels).toBeGreaterThan(0.05);
    expect(report.reprojectionErrorPixels).toBeLessThan(2);
    // Renderings have no distortion that would be worth OPENCV's coefficients.
    expect(report.cameras).toMatchObject([{ model: 'SIMPLE_RADIAL', width: 480, height: 480, photos: 12 }]);
    expect(await sharp(at('placed', 'cameras.png')).metadata()).toMatchObject({ width: 1000, height: 1000 });
    // The photos take no room twice.
    expect(statSync(at('placed', 'images', nameOf(3))).ino).toBe(
      statSync(at('set', 'images', nameOf(3))).ino,
    );
  });

  it('[PR1] does nothing a second time, and says the same when it is called again', async () => {
    const again = await runCli(['process', at('set', 'images'), '--out', at('placed'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ placed: 12 });
  });

  it('[PR3] finds points for known poses, and keeps the poses', async () => {
    const { code, stdout, stderr } = await runCli([
      'process',
      '--points',
      at('set'),
      '--out',
      at('triangulated'),
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('12 of 12 photos placed');
    const model = await readColmapModel({ folder: at('triangulated', 'sparse', '0'), ending: 'bin' });
    expect(model.points.colors.length / 3).toBeGreaterThan(50);
    expect([...model.cameras.values()]).toMatchObject([{ model: 'PINHOLE', width: 480, height: 480 }]);
    for (const image of model.images) {
      const expected = cameras[Number(image.name.slice(5, 7))]!.cameraToWorld;
      for (const [index, value] of colmapCameraToWorld(image).entries())
        expect(value).toBeCloseTo(expected[index]!, 6);
    }
    // What is seen lies on the objects, which fit into a ball of radius 1.7 or so about the origin.
    const { positions: points } = model.points;
    const distances = Array.from({ length: points.length / 3 }, (_, k) =>
      Math.hypot(...points.subarray(3 * k, 3 * k + 3)),
    );
    expect(distances.sort((a, b) => a - b)[Math.floor(distances.length * 0.9)]).toBeLessThan(2);
  });

  it('[PR4] says when none of the photos can be placed, and what helps', async () => {
    await writeNoise(at('noise'), 4);
    const { code, stderr } = await runCli(['process', at('noise'), '--out', at('noise-out')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: .*noise-out: none of the photos could be placed\. They need to be sharp[^\n]*--camera-model SIMPLE_PINHOLE[^\n]*\n$/,
    );
  });

  it.each(['sequential', 'retrieval'])(
    '[PR2] pairs are chosen as for many photos and videos: --matching %s places all',
    async (matching) => {
      const { code, stderr } = await runCli([
        ...['process', at('set', 'images'), '--out', at(matching)],
        ...['--matching', matching, '--camera-model', 'SIMPLE_PINHOLE', '--json'],
      ]);
      expect(code, stderr).toBe(0);
      expect(JSON.parse(readFileSync(at(matching, 'report.json'), 'utf8'))).toMatchObject({ placed: 12 });
    },
  );

  it.skipIf(!hasFfmpeg())('[PR7] frames of a video are placed', async () => {
    const film = ['-framerate', '6', '-i', at('set', 'images', 'view-%02d.png'), '-c:v', 'libx264'];
    execFileSync('ffmpeg', ['-v', 'error', ...film, '-crf', '12', '-pix_fmt', 'yuv420p', at('round.mp4')]);
    const { code, stderr } = await runCli([
      ...['process', at('round.mp4'), '--out', at('round'), '--frames', '12'],
      ...['--camera-model', 'SIMPLE_PINHOLE', '--json'],
    ]);
    expect(code, stderr).toBe(0);
    const { placed } = JSON.parse(readFileSync(at('round', 'report.json'), 'utf8')) as ProcessReport;
    expect(placed).toBeGreaterThanOrEqual(11);
  });

  it.skipIf(!hasDataSet('fox'))(
    '[PR2] [PR6] train --process does both: at least 48 of the 50 photos of the fox are placed, beside them, and train',
    async () => {
      // Another name of the folder, so that nothing is written beside the original.
      symlinkSync(path.join(dataDir, 'fox/images'), at('fox'));
      const train = (name: string, ...more: string[]) =>
        runCli([
          ...['train', 'splat-fast', '--process', '--data', at('fox'), '--out', at('runs'), '--name', name],
          ...more,
        ]);
      // Nothing that is wrong with the command waits for COLMAP.
      const wrong = await train('wrong', 'trainer.maxStep=3');
      expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('maxSteps') });
      expect(existsNow(at('fox-posed'))).toBe(false);

      const first = await train('first', 'trainer.maxSteps=3');
      expect(first.code, first.stderr).toBe(0);
      expect(first.stdout).toMatch(/mapping: done in.*photos placed.*completed at step 3 /s);
      const read = (...names: string[]) => readFileSync(at(...names), 'utf8');
      const report = JSON.parse(read('fox-posed', 'report.json')) as ProcessReport;
      expect(report.photos).toBe(50);
      expect(report.placed).toBeGreaterThanOrEqual(48);
      // A phone's lens, which fifty photos determine.
      expect(report.cameras).toMatchObject([{ model: 'OPENCV' }]);
      expect(read('runs', 'first', 'config.yaml')).toContain(at('fox-posed'));

      // The photos are placed once, for however many runs.
      const second = await train('second', 'trainer.maxSteps=3');
      expect(second.code, second.stderr).toBe(0);
      expect(second.stdout).toMatch(/mapping: done before.*completed at step 3 /s);
    },
  );
});

describe('nerfstream process: what cannot be used', () => {
  const nowhere = { NERFSTREAM_COLMAP: '/nowhere/colmap' };

  it('[PR4] answers in one line, with exit code 2, and writes nothing', async () => {
    await writeNoise(at('two'), 2);
    await writeNoise(at('good'), 3);
    await writeNoise(at('damaged'), 3);
    const whole = readFileSync(at('damaged', 'photo-1.png'));
    writeFileSync(at('damaged', 'photo-1.png'), whole.subarray(0, whole.length / 2));
    for (const name of ['empty', 'apple', 'taken']) mkdirSync(at(name));
    writeFileSync(at('apple', 'IMG_1.HEIC'), 'x');
    await writeNoise(at('renamed'), 3);
    writeFileSync(at('renamed', 'photo-2.png'), '\0\0\0\x18ftypheic\0\0\0\0mif1heic');
    writeFileSync(at('taken', 'notes.txt'), 'x');
    writeFileSync(at('text.txt'), 'x');
    writeFileSync(at('film.mp4'), 'x');
    const fake = fakeColmap();

    await refused([at('missing')], fake, /missing: does not exist\. Name a folder of photos or a video/);
    await refused([at('text.txt')], fake, /text\.txt: is neither a folder of photos nor a video/);
    await refused([at('empty')], fake, /empty: holds no photos \(JPEG, PNG/);
    await refused([at('two')], fake, /two: holds 2 photos; at least 3 are needed/);
    await refused(
      [at('apple')],
      fake,
      /IMG_1\.HEIC and its like are read neither by COLMAP nor here\. Convert them/,
    );
    await refused([at('good'), '--frames', '0'], fake, /--frames 0: how many frames/);
    await refused(
      [at('good'), '--camera-model', 'FOV'],
      fake,
      /camera-model.*FOV.*Allowed choices are auto, OPENCV/,
    );
    await refused(
      [at('good')],
      nowhere,
      /no COLMAP was found \(\/nowhere\/colmap: there is no such command\): install it \(apt install colmap/,
    );
    await refused(
      [at('damaged')],
      fake,
      /photo-1\.png: is truncated or damaged|photo-1\.png: is not a readable image/,
    );
    await refused([at('renamed')], fake, /photo-2\.png: is a HEIC photo \(High Efficiency\)/);
    await refused(
      [at('good')],
      fake,
      /taken: holds something else \(notes\.txt\)\. Choose another folder/,
      'taken',
    );
  });

  it('[PR4] needs ffmpeg for a video', async () => {
    writeFileSync(at('walk.mp4'), 'x');
    const bin = at('bin');
    mkdirSync(bin);
    symlinkSync('/bin/sh', path.join(bin, 'sh'));
    symlinkSync('/bin/cat', path.join(bin, 'cat'));
    const { code, stderr } = await processed([at('walk.mp4'), '--out', at('walk')], {
      ...fakeColmap(),
      PATH: bin,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: a video needs ffmpeg, which was not found\. Install it[^\n]*\n$/);
  });

  it('[PR5] refuses other settings, other photos, and a second process in the folder', async () => {
    await writeNoise(at('changing'), 3);
    const begin = (...more: string[]) =>
      processed([at('changing'), '--out', at('begun'), ...more], fakeColmap());
    // The stand-in does nothing: no model comes out.
    expect((await begin()).stderr).toMatch(/none of the photos could be placed/);
    expect((await begin('--camera-model', 'PINHOLE')).stderr).toMatch(
      /begun: was begun with cameraModel auto, not PINHOLE\. Go on with the same/,
    );
    await writeNoise(at('changing'), 4);
    expect((await begin()).stderr).toMatch(
      /begun: was begun with other photos \(photo-3\.png has come or gone\)/,
    );

    await writeNoise(at('busy'), 3);
    const slow = startCli(['process', at('busy'), '--out', at('busy-out')], {
      env: { ...process.env, ...fakeColmap(30) },
    });
    while (!existsNow(at('busy-out', 'colmap', 'process.json'))) await delay(50);
    const second = await processed([at('busy'), '--out', at('busy-out')], fakeColmap());
    expect(second).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/busy-out.* is in use by process \d+/),
    });
    slow.process.kill('SIGINT');
    expect(await slow.result).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('interrupted; the same command goes on'),
    });
  });

  it('[PR6] train on photos without poses names the command, and --process needs photos', async () => {
    const { code, stderr } = await runCli(['train', 'splat', '--data', at('good'), '--out', at('runs')]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `nerfstream process ${at('good')} --out ${at('good')}-posed (train --process does both)`,
    );
    const none = await runCli(['train', 'splat', '--process', '--out', at('runs')]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('--process: say which photos') });
  });

  async function refused(
    args: readonly string[],
    environment: Record<string, string>,
    text: RegExp,
    out = 'refused',
  ) {
    const before = existsNow(at(out)) ? readdirSync(at(out)) : undefined;
    const { code, stderr } = await processed([...args, '--out', at(out)], environment);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(text);
    expect(code).toBe(2);
    if (existsNow(at(out))) expect(readdirSync(at(out))).toEqual(before ?? ['colmap']);
  }
});

function processed(args: readonly string[], environment: Record<string, string>): Promise<CliResult> {
  return startCli(['process', ...args], { env: { ...process.env, ...environment } }).result;
}

/** A command that says that it is COLMAP, and does nothing for a while. */
function fakeColmap(seconds = 0): Record<string, string> {
  const file = at(`colmap-${seconds}`);
  const rest = seconds === 0 ? '' : `exec sleep ${seconds}`;
  writeFileSync(
    file,
    `#!/bin/sh\ncase "$*" in *-h) echo "COLMAP 3.9 (without CUDA)"; exit;; esac\n${rest}\n`,
    { mode: 0o755 },
  );
  return { NERFSTREAM_COLMAP: file };
}

function existsNow(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function hasFfmpeg(): boolean {
  return spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).status === 0;
}

/** Pictures that have nothing in common. */
async function writeNoise(target: string, count: number): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (let photo = 0; photo < count; photo++) {
    const data = Uint8Array.from(
      { length: 64 * 48 * 3 },
      (_, k) => (Math.sin(k * (k + 7 * photo)) + 1) * 127,
    );
    await sharp(data, { raw: { width: 64, height: 48, channels: 3 } })
      .png()
      .toFile(path.join(target, `photo-${photo}.png`));
  }
}
