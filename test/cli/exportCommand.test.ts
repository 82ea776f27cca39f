/** What a run has learned, written for other programs. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { decodeSplatPly } from '../../src/models/splat/files/splatPly.ts';
import { readSplatFile } from '../support/readSplatFile.ts';
import { canMount, fillDisk, smallDisk } from '../support/smallDisk.ts';
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
  const field = await runCli([
    'train',
    'instant-ngp',
    ...where,
    '--name',
    'field',
    ...tinySettings,
    'trainer.maxSteps=1',
  ]);
  expect(field.code).toBe(0);
}, 120_000);

describe('nerfstream export RUN_DIR cameras', () => {
  it('[EX1] writes a .json file that trains, from any run', async () => {
    const file = path.join(folder, 'cameras.json');
    const { code, stdout, stderr } = await runCli(['export', run('field'), 'cameras', '--out', file]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`8 cameras in ${file}, in the coordinates of the data set\n`);
    const where = ['--data', file, '--out', folder, '--name', 'from-cameras'];
    const train = await runCli(['train', 'instant-ngp', ...where, ...tinySettings, 'trainer.maxSteps=1']);
    expect(train.code, train.stderr).toBe(0);
    const names = (name: string) =>
      (
        JSON.parse(readFileSync(path.join(run(name), 'summary.json'), 'utf8')).eval.images as {
          name: string;
        }[]
      ).map((image) => path.basename(image.name, '.png'));
    expect(names('from-cameras')).toEqual(names('field'));
  }, 120_000);
});

describe('nerfstream export RUN_DIR pointcloud and mesh', () => {
  /** Distances of the vertices of a binary PLY of ours from the origin; the rows of its header. */
  const readVertices = (file: string) => {
    const bytes = readFileSync(file);
    const header = bytes.toString('latin1', 0, bytes.indexOf('end_header\n') + 11);
    const count = Number(/element vertex (\d+)/.exec(header)![1]);
    const at = (vertex: number, axis: number) => bytes.readFloatLE(header.length + vertex * 27 + axis * 4);
    const distances = Array.from({ length: count }, (_, vertex) =>
      Math.hypot(at(vertex, 0), at(vertex, 1), at(vertex, 2)),
    );
    return { count, header, distances };
  };

  it('[EX2] writes points of a field where the data set has the object, and says in which frame', async () => {
    const file = path.join(folder, 'surfaces', 'points.ply');
    const wanted = ['--points', '1000', '--crop=-2,-2,-2,2,2,2'];
    const { code, stdout, stderr } = await runCli([
      ...['export', run('field'), 'pointcloud', '--out', file],
      ...wanted,
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /(\d+) points of step 1 in .*points\.ply \(0\.\d MB\), in the coordinates of the data set\n$/,
    );
    const { count, distances } = readVertices(file);
    expect(stdout).toContain(`${count} points`);
    expect(count).toBeLessThanOrEqual(1000);
    expect(Math.max(...distances)).toBeLessThan(2 * Math.sqrt(3));
    expect(JSON.parse(readFileSync(`${file}.frame.json`, 'utf8'))).toEqual({
      frame: 'world',
      worldToModel: {
        transform: [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
          [0, 0, 1, 0],
        ],
        scale: 1,
      },
    });
  }, 120_000);

  it('[EX6] writes a mesh of splats in every format that a name asks for', async () => {
    for (const ending of ['.ply', '.obj', '.glb']) {
      const file = path.join(folder, 'surfaces', `ball${ending}`);
      const wanted = ['--resolution', '32', '--faces', '500'];
      const { code, stdout, stderr } = await runCli([
        ...['export', run('ball'), 'mesh', '--out', file],
        ...wanted,
      ]);
      expect([code, stderr]).toEqual([0, '']);
      expect(Number(/(\d+) faces between \d+ points of step 40/.exec(stdout)![1])).toBeLessThanOrEqual(500);
      expect(existsSync(`${file}.frame.json`)).toBe(true);
    }
    const { distances } = readVertices(path.join(folder, 'surfaces', 'ball.ply'));
    // The ball has a radius of 0.96 or so.
    const median = distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)]!;
    expect(median).toBeGreaterThan(0.5);
    expect(median).toBeLessThan(1.3);
  }, 240_000);
});

describe('nerfstream export RUN_DIR weights', () => {
  it('writes what training begins with', async () => {
    const file = path.join(folder, 'field.safetensors');
    const { code, stdout } = await runCli(['export', run('field'), 'weights', '--out', file]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+ tensors of step 1 in \S+\n$/)]);
    const where = [
      '--load',
      file,
      '--data',
      path.join(folder, 'scene'),
      '--out',
      folder,
      '--name',
      'from-weights',
    ];
    const train = await runCli(['train', 'instant-ngp', ...where, ...tinySettings, 'trainer.maxSteps=1']);
    expect(train.code, train.stderr).toBe(0);
    const wrong = await runCli(['export', run('field'), 'weights', '--out', ply('weights')]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('written as .safetensors')]);
  }, 120_000);
});

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
  }, 120_000);

  it('writes them as evaluations see them: averages over the last steps, here of the best checkpoint', async () => {
    const args = ['export', run('ball'), 'splats', '--step', 'best', '--out', ply('averages')];
    const exported = await runCli(args);
    expect(exported.code, exported.stderr).toBe(0);
    const { opacities } = decodeSplatPly(readFileSync(ply('averages')), 'averages.ply');
    const { tensors } = await loadCheckpoint(path.join(run('ball'), 'checkpoints/step-000000040.ckpt'));
    const [trained, average] = [
      'parameters/opacities/opacities',
      'optimizers/opacities/opacities/average',
    ].map((name) => tensors[name]!.data as Float32Array);
    expect(opacities.sort()).toEqual(average!.slice().sort());
    expect(average).not.toEqual(trained);
  }, 120_000);

  it('writes every format that a name asks for, into folders that it makes', async () => {
    const exported = async (ending: string) => {
      const file = path.join(folder, 'web', 'new', `ball${ending}`);
      const { code, stdout, stderr } = await runCli(['export', run('ball'), 'splats', '--out', file]);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(
        /^\d+ splats of step 40 in .*ball\.\w+ \(\d+\.\d MB; [^)]+\), in the coordinates/,
      );
      return readSplatFile(readFileSync(file), file);
    };
    const whole = await exported('.ply');
    const ends = ['.splat', '.spz', '.SOG'];
    for (const { means, opacities } of await Promise.all(ends.map(exported))) {
      expect(opacities).toHaveLength(whole.opacities.length);
      for (const axis of [0, 1, 2]) {
        const sorted = (values: Float32Array) => values.filter((_, k) => k % 3 === axis).sort();
        // 1/4096 is the coarsest of their steps.
        const wanted = sorted(whole.means);
        for (const [k, value] of sorted(means).entries())
          expect(Math.abs(value - wanted[k]!)).toBeLessThan(0.51 / 4096);
      }
    }
    expect(readdirSync(path.join(folder, 'web', 'new')).sort()).toEqual(
      ['ball.SOG', 'ball.ply', 'ball.splat', 'ball.spz'].flatMap((name) => [name, `${name}.frame.json`]),
    );
  }, 120_000);

  it('writes a .ply that training begins with', async () => {
    const exported = await runCli(['export', run('ball'), 'splats', '--out', ply('start')]);
    expect(exported.code).toBe(0);
    const train = (method: string, name: string, ...settings: string[]) => {
      const where = ['--data', path.join(folder, 'scene'), '--out', folder, '--name', name];
      return runCli(['train', method, ...where, '--load', ply('start'), 'threads=1', ...settings]);
    };
    const summary = (name: string) => JSON.parse(readFileSync(path.join(run(name), 'summary.json'), 'utf8'));
    const again = await train('splat-fast', 'again', 'trainer.maxSteps=1');
    expect(again.code, again.stderr).toBe(0);
    expect(readFileSync(path.join(run('again'), 'run.log'), 'utf8')).toMatch(
      /splats begin as the \d+ of .*start\.ply/,
    );
    // A step from where the other run ended: as good as that one, where a run's first step is far below.
    expect(summary('again').eval.psnr).toBeGreaterThan(summary('ball').eval.psnr - 1);
    const resumed = await runCli(['resume', run('again'), 'trainer.maxSteps=2']);
    expect(resumed.code, resumed.stderr).toBe(0);
    const refused = await train('instant-ngp', 'field-again');
    expect([refused.code, refused.stderr.trim().split('\n').at(-1)]).toEqual([
      2,
      `error: ${ply('start')}: a .ply file holds splats, and the model instant-ngp has none; train splat with it, or give weights of this model (.ckpt, .safetensors)`,
    ]);
    expect(existsSync(run('field-again'))).toBe(false);
    const tooMany = await train('splat-fast', 'too-many', 'model.maxSplats=100');
    expect([tooMany.code, tooMany.stderr.trim().split('\n').at(-1)]).toEqual([
      2,
      expect.stringMatching(/start\.ply: has \d+ splats, the model has room for 100\. Give it more/),
    ]);
  }, 240_000);

  it('replaces a file as a whole, or leaves it', async () => {
    const file = ply('again');
    const exporting = () => runCli(['export', run('ball'), 'splats', '--out', file]);
    expect((await exporting()).code).toBe(0);
    const first = readFileSync(file);
    expect((await exporting()).code).toBe(0);
    expect(readFileSync(file)).toEqual(first);
    mkdirSync(ply('taken'));
    const taken = await runCli(['export', run('ball'), 'splats', '--out', ply('taken')]);
    expect([taken.code, taken.stderr]).toEqual([
      2,
      `error: ${ply('taken')} cannot be written: it is a folder, not a file.\n`,
    ]);
  }, 120_000);

  it.skipIf(!canMount())(
    'says that the disk is full, and leaves no half of a file',
    async () => {
      const disk = smallDisk(1);
      fillDisk(disk, 4096);
      const file = path.join(disk, 'ball.ply');
      const { code, stderr } = await runCli(['export', run('ball'), 'splats', '--out', file]);
      expect([code, stderr]).toEqual([
        2,
        `error: ${file} cannot be written: the disk is full; free some space.\n`,
      ]);
      expect(existsSync(file)).toBe(false);
      expect(readdirSync(disk).filter((name) => name.includes('ball'))).toEqual([]);
    },
    120_000,
  );

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
    expect(await failure(run('ball'), 'splats', '--out', 'x.stl')).toMatch(
      /x\.stl: splats are written as \.ply, \.splat, \.spz, \.sog; choose a name/,
    );
    expect(await failure(run('ball'), 'voxels', '--out', ply('x'))).toMatch(
      /"voxels" cannot be exported; what can: splats, /,
    );
    expect(await failure(run('ball'), 'cameras', '--out', ply('x'))).toMatch(
      /x\.ply: cameras are written as one \.json file, or as COLMAP's text files into a folder/,
    );
    const mesh = (...args: string[]) => failure(run('ball'), 'mesh', '--out', ply('x'), ...args);
    expect(await failure(run('ball'), 'mesh', '--out', 'x.stl')).toMatch(
      /x\.stl: meshes are written as \.glb, \.ply, \.obj; choose a name/,
    );
    expect(await mesh('--faces', '0')).toMatch(/--faces 0: give a whole number above 0/);
    expect(await mesh('--crop', '1,2')).toMatch(/--crop 1,2: give six numbers/);
    expect(await mesh('--crop', '0,0,0,1,0,1')).toMatch(/its minimum y is not below its maximum/);
    expect(await mesh('--points', '9')).toMatch(/--points is for pointcloud, not for mesh; leave it out/);
    expect(await mesh('--crop', '7,7,7,8,8,8')).toMatch(/no surface lies in the box --crop 7,7,7,8,8,8/);
    expect(await failure(run('ball'), 'splats', '--out', ply('x'), '--step', '7')).toMatch(
      /no checkpoint "7"; steps: 40/,
    );
    expect(await failure(run('nowhere'), 'splats', '--out', ply('x'))).toMatch(/nowhere/);
    mkdirSync(run('young'));
    copyFileSync(path.join(run('ball'), 'config.yaml'), path.join(run('young'), 'config.yaml'));
    for (const what of ['splats', 'mesh'])
      expect(await failure(run('young'), what, '--out', ply('x'))).toMatch(/has no checkpoint yet/);
  }, 240_000);
});
