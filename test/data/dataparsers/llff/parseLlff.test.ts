import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseScene } from '../../../../src/data/dataparsers/parseScene.ts';
import {
  expectViews,
  negative,
  numberOf,
  onPlane,
  ring,
  unplaced,
  type View,
} from '../../../support/captureRing.ts';
import { npyFile } from '../../../support/npy.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, failureOf, writeImage } from '../../dataSet.ts';

const views = ring(12);

/** Columns: down, right, back, position, height - width - focal length; then near and far. */
function rowOf({ position, right, down, forward }: View): number[] {
  const matrix = [0, 1, 2].flatMap((row) => [
    ...[down, right, negative(forward), position].map((column) => column[row]!),
    [60, 80, 90][row]!,
  ]);
  return [...matrix, 1.5, 8];
}

async function writeLlff(change: (rows: number[][]) => number[][] = (rows) => rows): Promise<string> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'poses_bounds.npy'), npyFile(change(views.map(rowOf))));
  for (let index = 0; index < views.length; index++)
    await writeImage(join(folder, 'images', `IMG_${String(index).padStart(2, '0')}.png`), {
      width: 80,
      height: 60,
    });
  return folder;
}

const read = (path: string, settings: object = {}) =>
  parseScene(dataConfig({ path, ...settings }), createDataLog());

it('[DA12] reads poses and lens of LLFF, whose rows are those of the photos in order', async () => {
  const folder = await writeLlff();
  const scene = await read(folder, unplaced);
  expect([scene.train.length, scene.eval.length]).toEqual([11, 1]);
  expectViews(
    scene,
    (frame) => views[numberOf(frame)]!,
    (view, point) => {
      const [x, y] = onPlane(view, point);
      return [40 + 90 * x, 30 + 90 * y];
    },
  );
});

it('reads the smaller copies of an LLFF set where the photos are not there', async () => {
  const folder = await writeLlff();
  rmSync(join(folder, 'images'), { recursive: true });
  mkdirSync(join(folder, 'images_4'));
  for (let index = 0; index < views.length; index++)
    await writeImage(join(folder, 'images_4', `image0${index + 10}.png`), { width: 20, height: 15 });
  const { camera } = (await read(folder)).train[0]!;
  expect(camera).toMatchObject({ width: 20, height: 15, fx: 22.5, fy: 22.5, cx: 10, cy: 7.5 });
});

it('says in one line what is wrong with an LLFF set', async () => {
  const nan = await writeLlff((rows) =>
    rows.map((row, index) => (index === 3 ? [Number.NaN, ...row.slice(1)] : row)),
  );
  expect(await failureOf(nan)).toMatch(
    /poses_bounds\.npy: "images\/IMG_03\.png": transform_matrix\[0\]\[1\] must be a number, but is NaN/,
  );
  const flat = await writeLlff((rows) =>
    rows.map((row) => row.map((value, index) => (index === 14 ? 0 : value))),
  );
  expect(await failureOf(flat)).toMatch(
    /"images\/IMG_00\.png": fl_x must be a focal length in pixels, greater than 0/,
  );
  expect(await failureOf(await writeLlff((rows) => rows.map((row) => row.slice(0, 15))))).toMatch(
    /has 15 columns, not 17/,
  );
  const folder = await writeLlff();
  renameSync(join(folder, 'images/IMG_05.png'), join(folder, 'IMG_05.png'));
  expect(await failureOf(folder)).toMatch(/places 12 photos, but 11 are there/);
  rmSync(join(folder, 'images'), { recursive: true });
  expect(await failureOf(folder)).toMatch(/there is no photo in .*images/);
  writeFileSync(join(folder, 'poses_bounds.npy'), npyFile(views.map(rowOf)).subarray(0, 800));
  expect(await failureOf(folder)).toMatch(/ends before the last of its 12 x 17 values/);
});
