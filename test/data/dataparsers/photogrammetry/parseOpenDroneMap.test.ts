import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../../src/data/dataparsers/parseScene.ts';
import { quaternionOf } from '../../../../src/data/poses/quaternionOf.ts';
import {
  dot,
  expectViews,
  negative,
  numberOf,
  onPlane,
  points,
  ring,
  type ToPixel,
  unplaced,
  type View,
} from '../../../support/captureRing.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, failureOf, writeImage } from '../../dataSet.ts';

const views = ring(12);
const id = 'v2 apple iphone 80 60 brown 0.85';
const brown = {
  ...{ projection_type: 'brown', width: 80, height: 60, focal_x: 1.1, focal_y: 1.15, c_x: 0.01, c_y: -0.02 },
  ...{ k1: -0.1, k2: 0.03, p1: 0.004, p2: -0.003, k3: 0.002 },
};
const fisheye = { projection_type: 'fisheye', width: 160, height: 120, focal: 0.9, k1: -0.1, k2: 0.03 };

/** OpenSfM's documentation; (0, 0) is the middle of the picture, the unit its longer side. */
const brownLens: ToPixel = (view, point) => {
  const [x, y] = onPlane(view, point);
  const r = x * x + y * y;
  const { k1, k2, k3, p1, p2 } = brown;
  const radial = 1 + r * (k1 + r * (k2 + r * k3));
  const u = brown.focal_x * (x * radial + 2 * p1 * x * y + p2 * (r + 2 * x * x)) + brown.c_x;
  const v = brown.focal_y * (y * radial + 2 * p2 * x * y + p1 * (r + 2 * y * y)) + brown.c_y;
  return [40 + 80 * u, 30 + 80 * v];
};
const fisheyeLens: ToPixel = (view, point) => {
  const [x, y] = onPlane(view, point);
  const angle = Math.atan(Math.hypot(x, y));
  const factor = (angle / Math.hypot(x, y)) * (1 + fisheye.k1 * angle ** 2 + fisheye.k2 * angle ** 4);
  return [40 + 80 * fisheye.focal * factor * x, 30 + 80 * fisheye.focal * factor * y];
};

/** Axis times angle of world to camera (OpenCV's axes), and its shift. */
function shotOf(view: View) {
  const { right, down, forward, position } = view;
  const [w = 1, ...xyz] = quaternionOf([...right, ...down, ...forward]);
  const sine = Math.hypot(...xyz);
  const rotation = xyz.map((value) => (value * 2 * Math.atan2(sine, w)) / sine);
  const translation = [right, down, forward].map((axis) => dot(negative(axis), position));
  return { camera: id, rotation, translation };
}

const shots = (list: readonly View[]) =>
  Object.fromEntries(list.map((view, index) => [`DJI_${index}.JPG`, shotOf(view)]));
const reconstruction = {
  cameras: { [id]: brown },
  shots: shots(views),
  points: Object.fromEntries(
    points.map((coordinates, index) => [index, { coordinates, color: [index, 100, 255] }]),
  ),
};

async function writeProject(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  for (let index = 0; index < views.length; index++) {
    await writeImage(join(folder, 'images', `DJI_${index}.jpg`), { width: 80, height: 60 });
    await writeImage(join(folder, 'opensfm/undistorted/images', `DJI_${index}.jpg`));
  }
  return folder;
}

const read = (path: string, settings: object = {}, log = createDataLog()) =>
  parseScene(dataConfig({ path, ...unplaced, orientation: 'up', ...settings }), log);
const place = 'opensfm/reconstruction.json';

describe('OpenDroneMap', () => {
  it.each([place, 'reconstruction.json'])('[DA12] poses, lens and points of %s', async (name) => {
    const log = createDataLog();
    const scene = await read(await writeProject({ [name]: [reconstruction] }), {}, log);
    expect([scene.train.length, scene.eval.length, log.warnings]).toEqual([11, 1, []]);
    expectViews(scene, (frame) => views[numberOf(frame)]!, brownLens);
    expect(scene.points?.positions).toBeAllClose(points.flat(), { atol: 1e-6 });
    expect([...scene.points!.colors]).toEqual([0, 100, 255, 1, 100, 255, 2, 100, 255]);
  });

  it('fisheyes, of photos that were placed in another size', async () => {
    const file = { ...reconstruction, cameras: { [id]: fisheye } };
    const scene = await read(await writeProject({ [place]: [file] }));
    expectViews(scene, (frame) => views[numberOf(frame)]!, fisheyeLens);
  });

  it('the shots of the report, with positions and names of cameras as OpenDroneMap writes them', async () => {
    const features = views.map((view, index) => ({
      type: 'Feature',
      properties: { ...shotOf(view), filename: `DJI_${index}.JPG`, translation: view.position },
      geometry: { type: 'Point', coordinates: [8.5, 47.3, 400] },
    }));
    const folder = await writeProject({
      'odm_report/shots.geojson': { type: 'FeatureCollection', features },
      'cameras.json': { [id.replace('v2 ', '')]: brown },
    });
    expectViews(await read(folder), (frame) => views[numberOf(frame)]!, brownLens);
    rmSync(join(folder, 'cameras.json'));
    expect(await failureOf(folder)).toMatch(/cameras\.json: cannot be read \(ENOENT\)/);
  });

  it('takes the largest of several reconstructions, and says what is left out', async () => {
    const log = createDataLog();
    const small = {
      ...reconstruction,
      shots: { 'DJI_0.JPG': shotOf(views[0]!), 'DJI_1.JPG': shotOf(views[1]!) },
    };
    const folder = await writeProject({ [place]: [small, reconstruction] });
    expect((await read(folder, { split: 'all' }, log)).train).toHaveLength(12);
    expect(log.warnings).toEqual([
      expect.stringMatching(/2 photos are left out: they belong to another reconstruction/),
    ]);
  });

  const changed = (camera: object) => [{ ...reconstruction, cameras: { [id]: { ...brown, ...camera } } }];
  it.each<[string, unknown, RegExp]>([
    ['no reconstruction', [], /holds no reconstruction/],
    ['no shot', [{ ...reconstruction, shots: {} }], /says of no photo where it was taken from/],
    ['no camera', [{ ...reconstruction, cameras: {} }], /camera "v2 apple .*" of DJI_0\.JPG is not there/],
    ['an unknown lens', changed({ projection_type: 'dual' }), /has the unknown projection_type "dual"/],
    ['no focal length', changed({ focal_x: undefined }), /has no focal length/],
    ['no size', changed({ width: 0 }), /width must be a number of pixels, greater than 0/],
    [
      'null in a rotation',
      [{ ...reconstruction, shots: { 'DJI_0.JPG': { ...shotOf(views[0]!), rotation: [0, null, 0] } } }],
      /reconstruction\.json: \[0\]\.shots\.DJI_0\.JPG\.rotation\[1\] must be a number, but is null/,
    ],
    [
      'a file that is cut off',
      JSON.stringify([reconstruction]).slice(0, 500),
      /the JSON ends too early, at line 1/,
    ],
    [
      'no photo',
      [{ ...reconstruction, shots: { 'other.jpg': shotOf(views[0]!) } }],
      /none of its 1 photos exists/,
    ],
  ])('says in one line that there is %s', async (_, content, message) => {
    expect(await failureOf(await writeProject({ [place]: content }))).toMatch(message);
  });
});
