/** Against COLMAP itself: fixtures that pycolmap wrote (test/fixtures/colmap/makeFixtures.py), and the fox as pycolmap reads it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pointDirection } from '../../../../src/data/cameras/cameraDirections.ts';
import {
  colmapCameraToWorld,
  colmapIntrinsics,
  colmapLensOf,
} from '../../../../src/data/dataparsers/colmap/colmapModel.ts';
import { readColmapModel } from '../../../../src/data/dataparsers/colmap/openColmap.ts';
import { dataDir, hasDataSet } from '../../../support/dataDir.ts';

type Numbers = readonly number[];

const fixtures = new URL('../../../fixtures/colmap/', import.meta.url);
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'));
const { width, height, cases } = readJson('cameras.json') as {
  width: number;
  height: number;
  cases: {
    model: string;
    number: number;
    parameters: Numbers;
    pixels: [number, number][];
    planes: (Numbers | null)[];
    rays: Numbers[];
  }[];
};

describe('camera models', () => {
  it.each(cases.map((each) => [each.model, each] as const))(
    "%s: directions are pycolmap's",
    (model, { number, parameters, pixels, planes, rays }) => {
      expect(colmapLensOf(number)).toEqual({ name: model, parameters: parameters.length });
      const where = { file: 'sparse/0', camera: 'camera 1' };
      const camera = colmapIntrinsics({ model, width, height, parameters }, { width, height }, where);
      pixels.forEach(([column, row], index) => {
        const direction = new Float64Array(3);
        pointDirection(camera, column, row, direction);
        // OpenGL's axes to OpenCV's.
        const [x, y, z] = [direction[0]!, -direction[1]!, -direction[2]!];
        const length = Math.hypot(x, y, z);
        expect([x / length, y / length, z / length]).toBeAllClose(rays[index]!, { atol: 1e-5 });
        const plane = planes[index];
        if (plane) expect([x / z, y / z]).toBeAllClose([...plane], { atol: 1e-5, rtol: 1e-5 });
      });
    },
  );

  it('follow a smaller copy of the photo', () => {
    for (const { model, parameters, pixels, rays } of cases) {
      const where = { file: 'sparse/0', camera: 'camera 1' };
      const half = { width: width / 2, height: height / 2 };
      const camera = colmapIntrinsics({ model, width, height, parameters }, half, where);
      const direction = new Float64Array(3);
      pointDirection(camera, pixels[9]![0] / 2, pixels[9]![1] / 2, direction);
      const length = Math.hypot(...direction);
      expect([direction[0]! / length, -direction[1]! / length, -direction[2]! / length]).toBeAllClose(
        rays[9]!,
        { atol: 1e-5 },
      );
    }
  });
});

describe.each(['bin', 'txt'] as const)('a model of COLMAP 4 with rigs and frames (.%s)', (ending) => {
  const expected = readJson('model.json') as { images: Record<string, Numbers>; points: Numbers[] };
  const read = () => readColmapModel({ folder: new URL(ending, fixtures).pathname, ending });

  it('has the poses that pycolmap gives', async () => {
    const { images, cameras } = await read();
    expect(images.map(({ name }) => name).sort()).toEqual(Object.keys(expected.images).sort());
    for (const image of images) {
      const pose = expected.images[image.name]!;
      expect(colmapCameraToWorld(image)).toBeAllClose(
        pose.map((value, index) => (index % 4 === 1 || index % 4 === 2 ? -value : value)),
        { atol: 1e-12 },
      );
      expect(cameras.has(image.cameraId)).toBe(true);
    }
  });

  it('has the points that pycolmap gives', async () => {
    const { positions, colors } = (await read()).points;
    const rows = expected.points.map((point) => point.join()).sort();
    expect(rows).toHaveLength(20);
    expect(
      rows
        .map((_, point) =>
          [
            ...positions.subarray(point * 3, point * 3 + 3),
            ...colors.subarray(point * 3, point * 3 + 3),
          ].join(),
        )
        .sort(),
    ).toEqual(rows);
  });
});

interface Read {
  readonly cameras: Record<string, { size: [number, number]; pixels: [number, number][]; planes: Numbers[] }>;
  readonly images: Record<string, { camera: number; pose: Numbers }>;
  readonly points: Numbers[];
}

/** Runs Python with the pycolmap that `npm run setup:colmap` installs, else with one that is there anyway. */
function python(...args: string[]) {
  const folder = fileURLToPath(new URL('../../../../.colmap', import.meta.url));
  const env = { ...process.env, PYTHONPATH: folder };
  return spawnSync(process.env['PYTHON'] || 'python3', args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
}
const canRun = hasDataSet('fox/colmap') && python('-c', 'import pycolmap').status === 0;

describe.skipIf(!canRun)("the fox's model, with pycolmap (npm run setup:colmap)", () => {
  it.each([
    ['sparse/0', 'bin'],
    ['sparse_txt', 'txt'],
  ] as const)(
    "%s (.%s): poses, lenses and points are pycolmap's",
    { timeout: 120_000 },
    async (place, ending) => {
      const folder = join(dataDir, 'fox/colmap', place);
      const script = fileURLToPath(new URL('readModel.py', fixtures));
      const expected = JSON.parse(python(script, folder).stdout) as Read;
      const { images, cameras, points } = await readColmapModel({ folder, ending });

      expect(images.map(({ name }) => name).sort()).toEqual(Object.keys(expected.images).sort());
      expect(images).toHaveLength(50);
      for (const image of images) {
        const { camera, pose } = expected.images[image.name]!;
        expect(image.cameraId).toBe(camera);
        const inOpenGl = pose.map((value, index) => (index % 4 === 1 || index % 4 === 2 ? -value : value));
        expect(colmapCameraToWorld(image)).toBeAllClose(inOpenGl, { atol: 1e-12 });
      }
      for (const [id, { size, pixels, planes }] of Object.entries(expected.cameras)) {
        const [columns, lines] = size;
        const where = { file: folder, camera: `camera ${id}` };
        const camera = colmapIntrinsics(cameras.get(Number(id))!, { width: columns, height: lines }, where);
        pixels.forEach(([column, row], index) => {
          const direction = new Float64Array(3);
          pointDirection(camera, column, row, direction);
          const [x, y, z] = [direction[0]!, -direction[1]!, -direction[2]!];
          expect([x / z, y / z]).toBeAllClose([...planes[index]!], { atol: 1e-5 });
        });
      }
      const rows = Array.from(points.colors.subarray(0, points.colors.length / 3), (_, point) =>
        [
          ...points.positions.subarray(point * 3, point * 3 + 3),
          ...points.colors.subarray(point * 3, point * 3 + 3),
        ].join(),
      );
      expect(rows.length).toBeGreaterThan(5000);
      expect(rows.sort()).toEqual(expected.points.map((point) => point.join()).sort());
    },
  );
});
