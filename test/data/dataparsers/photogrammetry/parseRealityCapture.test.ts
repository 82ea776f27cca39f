import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../../src/data/dataparsers/parseScene.ts';
import {
  dot,
  expectViews,
  negative,
  onPlane,
  ring,
  type ToPixel,
  unplaced,
  type View,
} from '../../../support/captureRing.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, failureOf, writeImage } from '../../dataSet.ts';

const heading = '#name,x,y,alt,heading,pitch,roll,f,px,py,k1,k2,k3,k4,t1,t2';
const views = ring(12);
const [k1, k2, t1, t2] = [-0.1, 0.03, 0.004, -0.003];

/** Angles of a view, from the rows of Rz(-heading) Rx(pitch) Ry(roll): the third is (-cos p sin r, sin p, cos p cos r). */
function anglesOf({ right, down, forward }: View): number[] {
  const [up, back] = [negative(down), negative(forward)];
  const angles = [-Math.atan2(-up[0], up[1]), Math.asin(up[2]), Math.atan2(-right[2], back[2])];
  return angles.map((angle) => (angle * 180) / Math.PI);
}

const lineOf = (view: View, index: number) =>
  [`IMG_${index}.jpg`, ...view.position, ...anglesOf(view), 36, 0.02, -0.01, k1, k2, 0, 0, t1, t2].join(',');

async function writeRealityCapture(lines: readonly string[], first = heading): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'scene.csv'), `${[first, ...lines].join('\r\n')}\r\n`);
  for (let index = 0; index < lines.length; index++)
    await writeImage(join(folder, 'images', `IMG_${index}.jpg`), { width: 60, height: 80 });
  return folder;
}

const read = (path: string, settings: object = {}) =>
  parseScene(dataConfig({ path, ...settings }), createDataLog());

/** With f = 36 the focal length is the longer side, 80 pixels; OpenCV's distortion. */
const toPixel: ToPixel = (view, point) => {
  const [x, y] = onPlane(view, point);
  const r = x * x + y * y;
  const radial = 1 + r * (k1 + r * k2);
  const distorted = [
    x * radial + 2 * t1 * x * y + t2 * (r + 2 * x * x),
    y * radial + 2 * t2 * x * y + t1 * (r + 2 * y * y),
  ] as const;
  return [30 + 0.02 * 80 + 80 * distorted[0], 40 - 0.01 * 80 + 80 * distorted[1]];
};

describe('RealityCapture', () => {
  it.each([
    // Heading 0, pitch 0: straight down, the top of the picture to the north (+y).
    [0, 0, 0, [0, 0, -1], [0, 1, 0]],
    [90, 0, 0, [0, 0, -1], [1, 0, 0]],
    [0, 90, 0, [0, 1, 0], [0, 0, 1]],
    [90, 90, 0, [1, 0, 0], [0, 0, 1]],
    [180, 45, 0, [0, -Math.SQRT1_2, -Math.SQRT1_2], [0, -Math.SQRT1_2, Math.SQRT1_2]],
    [0, 0, 90, [-1, 0, 0], [0, 1, 0]],
  ])('heading %f, pitch %f, roll %f: looks along %j, with %j upwards', async (h, p, r, forward, up) => {
    const line = ['IMG_0.jpg', 1, 2, 3, h, p, r, 36, 0, 0, 0, 0, 0, 0, 0, 0].join(',');
    const folder = await writeRealityCapture([line]);
    const { cameraToWorld: pose } = (await read(folder, { ...unplaced, orientation: 'up' })).train[0]!.camera;
    const column = (index: number) => [pose[index]!, pose[4 + index]!, pose[8 + index]!];
    expect(column(2).map((value) => -value)).toBeAllClose(forward, { atol: 1e-12 });
    expect(column(1)).toBeAllClose(up, { atol: 1e-12 });
    expect(column(3)).toEqual([1, 2, 3]);
  });

  it('[DA12] poses and lenses of an export', async () => {
    for (const view of views) expect(Math.abs(dot(view.right, view.down))).toBeLessThan(1e-12);
    const scene = await read(await writeRealityCapture(views.map(lineOf)), {
      ...unplaced,
      orientation: 'up',
    });
    expect([scene.train.length, scene.eval.length]).toEqual([11, 1]);
    expectViews(scene, ({ name }) => views[Number(/(\d+)\.jpg/.exec(name)![1])]!, toPixel);
  });

  it.each([
    [
      'a line that is cut off',
      [lineOf(views[0]!, 0).slice(0, 40)],
      /scene\.csv: line 2 has \d values for 16 columns/,
    ],
    ['NaN', [lineOf(views[0]!, 0).replace(',36,', ',nan,')], /line 2: f must be a number, but is "nan"/],
    [
      'no focal length',
      [lineOf(views[0]!, 0).replace(',36,', ',0,')],
      /fl_x must be a focal length in pixels, greater than 0/,
    ],
    [
      'two cameras of one name',
      [lineOf(views[0]!, 0), lineOf(views[1]!, 0)],
      /the cameras "IMG_0\.jpg" and "IMG_0\.jpg" have the same photo/,
    ],
    ['no photo', [lineOf(views[0]!, 9)], /none of its 1 photos exists/],
    ['no camera', [], /says of no photo where it was taken from/],
  ])('says in one line that there is %s', async (_, lines, message) => {
    expect(await failureOf(await writeRealityCapture(lines))).toMatch(message);
  });

  it('says in one line that a column is missing', async () => {
    const folder = await writeRealityCapture(
      [lineOf(views[0]!, 0).split(',').slice(0, 15).join(',')],
      heading.slice(0, -3),
    );
    expect(await failureOf(folder)).toMatch(/line 2: t2 must be a number, but is ""/);
  });
});
