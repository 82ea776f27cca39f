/** Captures of phone apps: what each app writes of a ring of cameras is read as that ring. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../../src/data/dataparsers/parseScene.ts';
import { quaternionOf } from '../../../../src/data/poses/quaternionOf.ts';
import {
  expectViews,
  negative,
  numberOf,
  onPlane,
  ring,
  type ToPixel,
  unplaced,
  type Vector,
  type View,
} from '../../../support/captureRing.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, failureOf, writeImage } from '../../dataSet.ts';

const views = ring(12);
const pinhole: ToPixel = (view, point) => {
  const [x, y] = onPlane(view, point);
  return [41 + 90 * x, 29 + 95 * y];
};
/** From the ring, where z is up, to ARKit's world, where y is. */
const toArkit = ([x, y, z]: Vector): Vector => [y, z, x];
/** Rows of camera to world: right, up, back, position. */
const rows = (view: View, change: (point: Vector) => Vector): number[][] => {
  const columns = [view.right, negative(view.down), negative(view.forward), view.position].map(change);
  return [0, 1, 2].map((row) => columns.map((column) => column[row]!));
};

const read = (path: string, settings: object = {}, log = createDataLog()) =>
  parseScene(dataConfig({ path, ...settings }), log);

async function writePhotos(folder: string, nameOf: (index: number) => string): Promise<void> {
  for (let index = 0; index < views.length; index++)
    await writeImage(join(folder, nameOf(index)), { width: 80, height: 60 });
}

describe('Polycam', () => {
  type Camera = Record<string, number>;
  async function writePolycam({
    prefix = '',
    change = (camera: Camera, _index: number): unknown => camera,
  } = {}): Promise<string> {
    const folder = temporaryFolder();
    await writePhotos(folder, (index) => `keyframes/${prefix}images/${1000 + index}.jpg`);
    mkdirSync(join(folder, `keyframes/${prefix}cameras`));
    views.forEach((view, index) => {
      const matrix = rows(view, toArkit).flatMap((row, i) => row.map((value, j) => [`t_${i}${j}`, value]));
      const lens = { fx: 90, fy: 95, cx: 41, cy: 29, width: 80, height: 60, blur_score: 100 };
      writeFileSync(
        join(folder, `keyframes/${prefix}cameras/${1000 + index}.json`),
        JSON.stringify(change({ ...lens, ...Object.fromEntries(matrix) }, index)),
      );
    });
    return folder;
  }

  it.each(['', 'corrected_'])('[DA12] poses of %scameras, z up as the phone felt it', async (prefix) => {
    const scene = await read(await writePolycam({ prefix }), { ...unplaced, orientation: 'up' });
    expect([scene.train.length, scene.eval.length]).toEqual([11, 1]);
    expectViews(scene, (frame) => views[numberOf(frame) - 1000]!, pinhole);
  });

  it('takes corrected cameras before those of the phone', async () => {
    const folder = await writePolycam({ prefix: 'corrected_' });
    mkdirSync(join(folder, 'keyframes/cameras'));
    writeFileSync(join(folder, 'keyframes/cameras/1000.json'), 'damaged');
    expect((await read(folder)).train).toHaveLength(11);
  });

  it('leaves out blurred photos, and says so', async () => {
    const folder = await writePolycam({
      change: (camera, index) => ({ ...camera, blur_score: index < 2 ? 7 : 80 }),
    });
    const log = createDataLog();
    expect((await read(folder, { split: 'all' }, log)).train).toHaveLength(10);
    expect(log.warnings).toEqual([
      expect.stringMatching(/2 of 12 photos are left out because they are blurred/),
    ]);
    const settings = { split: 'all', parser: { kind: 'polycam', minBlurScore: 0 } };
    expect((await read(folder, settings)).train).toHaveLength(12);
    expect(
      await failureOf(await writePolycam({ change: (camera) => ({ ...camera, blur_score: 1 }) })),
    ).toMatch(/blurred .*None is left\.$/);
  });

  it.each([
    ['a number that is missing', ({ t_13: _, ...camera }: Camera) => camera, /1000\.json: t_13 is missing/],
    [
      'null',
      (camera: Camera) => ({ ...camera, t_00: null }),
      /1000\.json: t_00 must be a number, but is null/,
    ],
    ['no focal length', (camera: Camera) => ({ ...camera, fx: 0 }), /1000\.json: fx must be greater than 0/],
    ['a list', () => [], /100\d\.json: must be an object, but is array/],
    [
      'no rotation',
      (camera: Camera) => ({ ...camera, t_00: 0, t_10: 0, t_20: 0 }),
      /"keyframes\/images\/1000": transform_matrix must be .* but its rotation is singular/,
    ],
  ])('says in one line that a file holds %s', async (_, change, message) => {
    expect(await failureOf(await writePolycam({ change }))).toMatch(message);
  });

  it('says in one line what is missing or cut off', async () => {
    const folder = await writePolycam();
    writeFileSync(join(folder, 'keyframes/cameras/1003.json'), '{"fx": 90, "fy"');
    expect(await failureOf(folder)).toMatch(
      /1003\.json: is not complete: the JSON ends too early, at line 1/,
    );
    const empty = await writePolycam();
    rmSync(join(empty, 'keyframes/images'), { recursive: true });
    expect(await failureOf(empty)).toMatch(/none of its 12 images exists/);
    rmSync(join(empty, 'keyframes/cameras'), { recursive: true });
    mkdirSync(join(empty, 'keyframes/cameras'));
    expect(await failureOf(empty)).toMatch(/cameras: says of no photo where it was taken from/);
  });
});

describe('Record3D', () => {
  type Metadata = { poses: unknown[]; [key: string]: unknown };
  /** Quaternion x, y, z, w and position; K column by column. */
  async function writeRecord3d({
    change = (metadata: Metadata): unknown => metadata,
    file = 'metadata.json',
    photos = 'rgb',
  } = {}): Promise<string> {
    const folder = temporaryFolder();
    await writePhotos(folder, (index) => `${photos}/${index}.jpg`);
    const poses = views.map((view) => {
      const matrix = rows(view, toArkit);
      const [w, ...xyz] = quaternionOf(matrix.flatMap((row) => row.slice(0, 3)));
      return [...xyz, w, ...matrix.map((row) => row[3]!)];
    });
    const K = [90, 0, 0, 0, 95, 0, 41, 29, 1];
    writeFileSync(join(folder, file), JSON.stringify(change({ w: 80, h: 60, K, fps: 30, poses })));
    return folder;
  }

  it.each([
    ['metadata.json', 'rgb'],
    ['metadata', 'rgbd'],
  ])('poses and lens of %s with photos in %s', async (file, photos) => {
    const scene = await read(await writeRecord3d({ file, photos }), { ...unplaced, split: 'interval' });
    expect([scene.train.length, scene.eval.length]).toEqual([10, 2]);
    expectViews(scene, (frame) => views[numberOf(frame)]!, pinhole, toArkit);
  });

  it('takes the lens of each photo where there is one', async () => {
    const perFrameIntrinsicCoeffs = views.map((_, index) => [90 + index, 95 + index, 40, 30]);
    const { train } = await read(
      await writeRecord3d({ change: (all) => ({ ...all, perFrameIntrinsicCoeffs }) }),
    );
    for (const frame of train)
      expect(frame.camera).toMatchObject({
        fx: 90 + numberOf(frame),
        fy: 95 + numberOf(frame),
        cx: 40,
        cy: 30,
      });
  });

  it.each([
    [
      'a pose of 6 numbers',
      { poses: [[0, 0, 0, 1, 0, 0]] },
      /poses\[0\] must be a quaternion and a position, 7 numbers/,
    ],
    ['null', { poses: [[0, 0, 0, 1, 0, 0, null]] }, /poses\[0\]\[6\] must be a number, but is null/],
    ['no quaternion', { poses: [[0, 0, 0, 0, 1, 2, 3]] }, /poses\[0\] is none: its quaternion has length 0/],
    ['no pose', { poses: [] }, /says of no photo where it was taken from/],
    ['no K', { K: undefined }, /metadata\.json: K is missing/],
  ])('says in one line that there is %s', async (_, change, message) => {
    expect(await failureOf(await writeRecord3d({ change: (all) => ({ ...all, ...change }) }))).toMatch(
      message,
    );
  });

  it('leaves out photos that are not there, and says how many', async () => {
    const folder = await writeRecord3d();
    for (const index of [3, 7]) rmSync(join(folder, `rgb/${index}.jpg`));
    const log = createDataLog();
    expect((await read(folder, { split: 'all' }, log)).train).toHaveLength(10);
    expect(log.warnings).toEqual([
      expect.stringMatching(
        /metadata\.json: 2 frames are left out because the image does not exist .*rgb\/3\)/,
      ),
    ]);
  });
});

describe('ARKit (3D Scanner App)', () => {
  async function writeArkit(
    change: (frame: object, index: number) => unknown = (frame) => frame,
  ): Promise<string> {
    const folder = temporaryFolder();
    // The app writes more poses than photos.
    await writePhotos(folder, (index) => `frame_${String(index * 5).padStart(5, '0')}.jpg`);
    views.forEach((view, index) => {
      const frame = {
        cameraPoseARFrame: [...rows(view, toArkit).flat(), 0, 0, 0, 1],
        intrinsics: [90, 0, 41, 0, 95, 29, 0, 0, 1],
        motionQuality: 1,
      };
      for (const number of [index * 5, index * 5 + 1])
        writeFileSync(
          join(folder, `frame_${String(number).padStart(5, '0')}.json`),
          JSON.stringify(change(frame, index)),
        );
    });
    writeFileSync(join(folder, 'info.json'), '{}');
    return folder;
  }

  it('poses and lenses of the photos, z up as the phone felt it', async () => {
    const log = createDataLog();
    const scene = await read(await writeArkit(), { ...unplaced, orientation: 'up' }, log);
    expect([scene.train.length, scene.eval.length, log.warnings]).toEqual([11, 1, []]);
    expectViews(scene, (frame) => views[numberOf(frame) / 5]!, pinhole);
  });

  it.each([
    [
      '15 numbers',
      { cameraPoseARFrame: new Array(15).fill(1) },
      /frame_00000\.json: cameraPoseARFrame must be a matrix of 16/,
    ],
    ['no lens', { intrinsics: undefined }, /frame_00000\.json: intrinsics is missing/],
    [
      'no focal length',
      { intrinsics: new Array(9).fill(0) },
      /"frame_00000": intrinsics must be a matrix of intrinsics/,
    ],
  ])('says in one line that a frame has %s', async (_, change, message) => {
    expect(
      await failureOf(await writeArkit((frame, index) => (index === 0 ? { ...frame, ...change } : frame))),
    ).toMatch(message);
  });
});
