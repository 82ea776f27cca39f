/** Whole data sets of COLMAP, in the layouts that people have. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Camera } from '../../../../src/data/cameras/camera.ts';
import { parseScene } from '../../../../src/data/dataparsers/parseScene.ts';
import { colmapBinary, colmapText, rowOfPhotos, writeFiles } from '../../../support/colmapFiles.ts';
import { createDataLog, dataConfig, writeImage } from '../../dataSet.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nerfstream-colmap-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fixture = rowOfPhotos(12);
const binary = colmapBinary(fixture);
const log = createDataLog();
const scene = (settings: object = {}) => parseScene(dataConfig({ path: folder, ...settings }), log);
const failure = async (settings: object = {}) =>
  scene(settings).then(
    () => 'no error',
    (error: Error) => error.message,
  );
async function writePhotos(at = 'images', size = {}, count = 12): Promise<void> {
  for (let index = 0; index < count; index++)
    await writeImage(join(folder, at, `${String(index).padStart(2, '0')}.png`), size);
}

describe('a COLMAP data set', () => {
  it('has poses, points and the split of other captures', async () => {
    writeFiles(join(folder, 'sparse/0'), binary);
    await writePhotos();
    const {
      train,
      eval: held,
      points,
      worldToModel,
      bounded,
    } = await scene({
      orientation: 'none',
      center: 'poses',
    });
    expect([train.length, held.length, bounded]).toEqual([11, 1, false]);
    // Cameras stand at x = 0..11 and look along +z: centred around 5.5, the farthest coordinate becomes 1.
    expect(worldToModel.scale).toBeCloseTo(1 / 5.5, 12);
    const first = train[0]!;
    expect(first.name).toBe('00.png');
    expect(first.camera.cameraToWorld).toBeAllClose([1, 0, 0, -1, 0, -1, 0, 0, 0, 0, -1, 0], { atol: 1e-12 });
    expect(first.camera).toMatchObject({
      model: 'OPENCV',
      width: 8,
      height: 6,
      fx: 10,
      fy: 11,
      cx: 4,
      cy: 3,
    });
    expect(points?.positions).toBeAllClose(
      fixture.points.flatMap(({ position: [x, y, z] }) => [(x - 5.5) / 5.5, y / 5.5, z / 5.5]),
      { rtol: 1e-6 },
    );
    expect([...(points?.colors ?? [])]).toEqual(fixture.points.flatMap(({ color }) => color));
  });

  it.each([
    ['sparse', 'images', binary],
    ['colmap/sparse/0', 'images', binary],
    ['dense/0/sparse', 'dense/0/images', binary],
    ['.', 'images', colmapText(fixture)],
    ['sparse/0', 'input', colmapText(fixture)],
    ['sparse/0', '.', binary],
  ])('is found in %s with its photos in %s', async (model, photos, files) => {
    writeFiles(join(folder, model), files);
    await writePhotos(photos);
    expect((await scene()).train).toHaveLength(11);
  });

  it('takes the model with the most images of several, or the one that is named', async () => {
    writeFiles(join(folder, 'sparse/0'), colmapBinary(rowOfPhotos(3)));
    writeFiles(join(folder, 'sparse/1'), binary);
    await writePhotos();
    expect((await scene()).train).toHaveLength(11);
    expect((await scene({ parser: { kind: 'colmap', model: 'sparse/0' } })).train).toHaveLength(3);
  });

  it('may have smaller photos than COLMAP saw: intrinsics follow', async () => {
    writeFiles(join(folder, 'sparse/0'), binary);
    await writePhotos('images_2', { width: 4, height: 3 });
    const { train } = await scene({ parser: { kind: 'colmap', images: 'images_2' } });
    expect(train[0]!.camera).toMatchObject({ width: 4, height: 3, fx: 5, fy: 5.5, cx: 2, cy: 1.5 });
  });

  it('may have its photos behind a link that Git could not make', async () => {
    writeFiles(join(folder, 'sparse/0'), binary);
    await writePhotos('elsewhere');
    writeFileSync(join(folder, 'images'), 'elsewhere\n');
    expect((await scene()).train[0]!.image).toBe(join(folder, 'elsewhere/00.png'));
  });

  it('leaves out photos that are not there and points that are not finite, with a warning each', async () => {
    const points = [...fixture.points, { id: 99, position: [Number.NaN, 0, 0], color: [1, 1, 1] } as const];
    writeFiles(join(folder, 'sparse/0'), colmapBinary({ ...fixture, points }));
    await writePhotos('images', {}, 11);
    const found = createDataLog();
    const { train, eval: held, points: kept } = await parseScene(dataConfig({ path: folder }), found);
    expect([train.length + held.length, kept?.positions.length]).toEqual([11, 9]);
    expect(found.warnings).toEqual([
      expect.stringMatching(
        /1 frame is left out because the image does not exist \(the first would be .*11\.png\)/,
      ),
      expect.stringMatching(/1 points are not finite/),
    ]);
  });

  it('says what is wrong in one line', async () => {
    mkdirSync(join(folder, 'sparse/0'), { recursive: true });
    expect(await failure()).toMatch(/holds no whole model: cameras, images and points3D/);
    writeFiles(join(folder, 'sparse/0'), binary);
    expect(await failure()).toMatch(
      /none of the 12 photos of the COLMAP model .* is there \(the first one would be .*images\/00\.png\)/,
    );
    await writePhotos();
    writeFiles(join(folder, 'sparse/0'), { 'images.bin': binary['images.bin']!.subarray(0, 500) });
    expect(await failure()).toMatch(/images\.bin: .*\. It is damaged/);
    const cameras = [{ ...fixture.cameras[0]!, id: 2 }];
    writeFiles(join(folder, 'sparse/0'), colmapBinary({ ...fixture, cameras }));
    expect(await failure()).toMatch(/image "00\.png" has camera 1, which the model lacks/);
    const images = [{ ...fixture.images[0]!, rotation: [0, 0, 0, 0] as const }];
    writeFiles(join(folder, 'sparse/0'), colmapBinary({ ...fixture, images }));
    expect(await failure()).toMatch(/the pose of image "00\.png" is not one/);
  });
});

const fox = join(process.env['NERFSTREAM_DATA_DIR'] ?? '', 'fox/colmap');

/** A point in the world to pixels: OpenCV's lens, written down again. */
function project(camera: Camera, [x, y, z]: readonly number[]): [number, number] {
  const pose = camera.cameraToWorld;
  const from = [x! - pose[3]!, y! - pose[7]!, z! - pose[11]!];
  const along = (axis: number) => from.reduce((sum, value, row) => sum + value * pose[row * 4 + axis]!, 0);
  const [u, v] = [along(0) / -along(2), -along(1) / -along(2)];
  const [k1, k2, , , p1, p2] = camera.distortion ?? [0, 0, 0, 0, 0, 0];
  const r = u * u + v * v;
  const d = 1 + k1 * r + k2 * r * r;
  return [
    camera.fx * (u * d + 2 * p1 * u * v + p2 * (r + 2 * u * u)) + camera.cx,
    camera.fy * (v * d + 2 * p2 * u * v + p1 * (r + 2 * v * v)) + camera.cy,
  ];
}

describe.skipIf(!existsSync(fox))('the fox, placed by COLMAP', () => {
  const config = (model: string) => dataConfig({ path: fox, parser: { kind: 'colmap', model } });

  it('is the same from binary and text', async () => {
    const [fromBinary, fromText] = [
      await parseScene(config('sparse/0'), log),
      await parseScene(config('sparse_txt'), log),
    ];
    expect(fromText).toEqual(fromBinary);
    expect([fromBinary.train.length, fromBinary.eval.length]).toEqual([45, 5]);
  });

  it('puts its points where the photos show them', async () => {
    const { train, points } = await parseScene(config('sparse/0'), log);
    const ids = readFileSync(join(fox, 'sparse_txt/points3D.txt'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => line.split(' ')[0]);
    const indexOf = new Map(ids.map((id, index) => [id, index]));
    const lines = readFileSync(join(fox, 'sparse_txt/images.txt'), 'utf8').split('\n');
    const distances = train.flatMap(({ name, camera }) => {
      const seen = lines[lines.findIndex((line) => line.endsWith(` ${name}`)) + 1]!.split(' ');
      return Array.from({ length: seen.length / 3 }, (_, k) => seen.slice(k * 3, k * 3 + 3)).flatMap(
        ([x, y, id]) => {
          const index = indexOf.get(id);
          if (index === undefined) return [];
          const [u, v] = project(camera, [...points!.positions.subarray(index * 3, index * 3 + 3)]);
          return [Math.hypot(u - Number(x), v - Number(y))];
        },
      );
    });
    expect(distances.length).toBeGreaterThan(30_000);
    // COLMAP's own mean reprojection error of this model is 0.45 pixels.
    expect(distances.reduce((sum, value) => sum + value, 0) / distances.length).toBeLessThan(0.5);
  });
});
