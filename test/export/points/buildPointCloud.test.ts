/** Point clouds of known shapes. */
import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { buildPointCloud } from '../../../src/export/points/buildPointCloud.ts';
import { createPointTree } from '../../../src/export/points/pointTree.ts';
import { lookAround } from '../../../src/export/surface/lookAround.ts';
import { surfaceView } from '../../../src/export/surface/surfaceView.ts';
import {
  ball,
  camerasAround,
  colorAt,
  floor,
  lookingCamera,
  renderOf,
  unmoved,
} from '../../support/analyticSurfaces.ts';

const rowsOf = (values: Float32Array | Uint8Array) =>
  Array.from({ length: values.length / 3 }, (_, k) => [...values.subarray(k * 3, k * 3 + 3)]);

const source = { cameras: camerasAround(24, 4), placement: unmoved, depth: 'depth' } as const;

describe('a point cloud', () => {
  it('[EX3] has as many points as were asked for, on the surface, with its colours and normals', () => {
    const cloud = buildPointCloud({ ...source, render: renderOf(ball([0, 0, 0], 0.8)) }, 5000);
    expect(cloud.positions).toHaveLength(5000 * 3);
    const colors = rowsOf(cloud.colors);
    const normals = rowsOf(cloud.normals);
    let facing = 0;
    for (const [index, point] of rowsOf(cloud.positions).entries()) {
      expect(Math.hypot(...point)).toBeCloseTo(0.8, 5);
      const wanted = colorAt(point);
      for (let k = 0; k < 3; k++) expect(Math.abs(colors[index]![k]! - wanted[k]!)).toBeLessThanOrEqual(1);
      facing += normals[index]!.reduce((sum, value, k) => sum + (value * point[k]!) / 0.8, 0);
    }
    expect(facing / 5000).toBeGreaterThan(0.98);
  }, 300_000);

  it('is the same every time, and spread over all sides', () => {
    const make = () => buildPointCloud({ ...source, render: renderOf(ball([0, 0, 0], 0.8)) }, 2000);
    const { positions } = make();
    expect(make().positions).toEqual(positions);
    const octants = new Set(rowsOf(positions).map((point) => point.map((value) => value > 0).join()));
    expect(octants.size).toBe(8);
  }, 300_000);

  it('[EX3] leaves out what other views look through, and what lies alone', () => {
    const truth = renderOf(ball([0, 0, 0], 0.8));
    const wrong = renderOf(ball([0, 0, 0], 0.8), ball([0, 0, 1.5], 0.2));
    let calls = 0;
    // The first camera of both looks is wrong.
    const render = (request: Parameters<typeof truth>[0]) => (calls++ % 24 === 0 ? wrong : truth)(request);
    for (const point of rowsOf(buildPointCloud({ ...source, render }, 5000).positions))
      expect(Math.hypot(...point)).toBeLessThan(0.81);
  }, 300_000);

  it('[EX3] lies within --crop', () => {
    const render = renderOf(floor(0.1, 1));
    const above = { ...source, cameras: camerasAround(12, 4, 0.4), render };
    const { positions } = buildPointCloud(above, 3000, [0, 0, 0, 1, 1, 1]);
    expect(positions).toHaveLength(9000);
    for (const [x, y] of rowsOf(positions)) expect(Math.min(x!, y!)).toBeGreaterThanOrEqual(0);
    expect(() => buildPointCloud(above, 3000, [0, 0, 0.5, 1, 1, 1])).toThrow(/no surface lies in the box/);
  }, 300_000);
});

describe('the view of a surface', () => {
  it('is not certain at edges, and knows where nothing is', () => {
    const camera = lookingCamera([4, 0, 0]);
    const { distances } = surfaceView({ ...source, render: renderOf(ball([0, 0, 0], 0.8)) }, camera, unmoved);
    expect(distances[0]).toBe(Infinity);
    expect(distances[32 * 64 + 32]).toBeCloseTo(3.2, 2);
    // Along the middle row: nothing, then the uncertain edge, then the ball.
    const row = [...distances.subarray(32 * 64, 33 * 64)];
    const first = row.findIndex((value) => value !== Infinity);
    expect(row[first]).toBeNaN();
    expect(row.slice(first + 3, 64 - first - 3).every(Number.isFinite)).toBe(true);
  });

  it('of a panorama comes from all sides, of a fisheye from the front', () => {
    const inside = renderOf((_, __) => 3);
    const panorama: Camera = {
      ...lookingCamera([0.1, 0, 0]),
      model: 'EQUIRECTANGULAR',
      width: 64,
      height: 32,
      fx: 32,
      fy: 32,
      cx: 32,
      cy: 16,
    };
    const views = lookAround({ ...source, cameras: [panorama], render: inside }, 6 * 16 * 16);
    expect(views).toHaveLength(6);
    const looks = views.map(({ camera: { cameraToWorld: m } }) => [-m[2]!, -m[6]!, -m[10]!]);
    for (const [index, a] of looks.entries())
      for (const b of looks.slice(index + 1)) {
        const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
        expect(Math.min(Math.abs(product), Math.abs(product + 1))).toBeLessThan(1e-9);
      }
    const fisheye: Camera = { ...lookingCamera([4, 0, 0], 64, 20), model: 'OPENCV_FISHEYE' };
    const [front] = lookAround({ ...source, cameras: [fisheye], render: inside }, 1e4);
    expect(front!.camera.model).toBe('OPENCV');
    expect(front!.camera.width / front!.camera.fx).toBeLessThan(2.4);
  });
});

describe('the nearest neighbours', () => {
  it('are those that looking at all points finds, however unevenly they lie', () => {
    // A clump and a sparse cloud, from a simple generator.
    let state = 1;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const positions = Float32Array.from({ length: 900 }, (_, k) => random() * (k < 600 ? 0.01 : 10));
    const nearest = createPointTree(positions, 5);
    for (let point = 0; point < 300; point++) {
      const squares = Array.from({ length: 300 }, (_, other) =>
        [0, 1, 2].reduce((sum, k) => sum + (positions[other * 3 + k]! - positions[point * 3 + k]!) ** 2, 0),
      );
      squares[point] = Infinity;
      const wanted = squares.sort((a, b) => a - b).slice(0, 5);
      const found = nearest(point);
      expect(found.count).toBe(5);
      expect([...found.squares]).toBeAllClose(wanted, { rtol: 1e-12 });
    }
  });
});
