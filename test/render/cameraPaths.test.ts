/** Paths of cameras: values by hand, for cameras on a circle of radius 2, 1 above the origin, that look at it. */
import { describe, expect, it } from 'vitest';
import type { Camera } from '../../src/data/cameras/camera.ts';
import { lookAt } from '../../src/data/poses/lookAt.ts';
import {
  interpolatedPath,
  orbitPath,
  orderedByNearness,
  spiralPath,
  withSize,
} from '../../src/render/cameraPaths.ts';

const pinhole = { model: 'OPENCV', width: 40, height: 20, fx: 30, fy: 30, cx: 20, cy: 10 } as const;
const degrees = (angle: number) => (angle / 180) * Math.PI;
const onCircle = (angle: number): Camera => ({
  ...pinhole,
  cameraToWorld: lookAt(
    [2 * Math.cos(degrees(angle)), 2 * Math.sin(degrees(angle)), 1],
    [0, 0, 0],
    [0, 0, 1],
  ),
});
const circle = [0, 120, 240, 60, 180, 300].map(onCircle);
const position = ({ cameraToWorld: m }: Camera) => [m[3]!, m[7]!, m[11]!];
const forward = ({ cameraToWorld: m }: Camera) => [-m[2]!, -m[6]!, -m[10]!];
const turn = ({ cameraToWorld: m }: Camera) => m.filter((_, k) => k % 4 < 3);
const close = (actual: readonly number[], expected: readonly number[]) => {
  for (const [k, value] of expected.entries()) expect(actual[k]).toBeCloseTo(value, 6);
};

describe('orbitPath', () => {
  it('goes once around what the views look at, in their distance and height', () => {
    const path = orbitPath(circle, 8);
    expect(path).toHaveLength(8);
    for (const [k, camera] of path.entries()) {
      const [c, s] = [Math.cos(degrees(45 * k)), Math.sin(degrees(45 * k))];
      close(position(camera), [2 * c, 2 * s, 1]);
      close(
        forward(camera),
        [-2 * c, -2 * s, -1].map((value) => value / Math.sqrt(5)),
      );
      // The picture's x axis is level.
      expect(camera.cameraToWorld[8]).toBeCloseTo(0, 9);
    }
  });

  it('takes the pinhole of the first view, without its lens', () => {
    const lens = circle.map((camera) => ({ ...camera, distortion: [0.1, 0, 0, 0, 0, 0] as const }));
    expect(orbitPath(lens, 1)[0]).toEqual({ ...pinhole, cameraToWorld: expect.any(Array) });
  });
});

describe('spiralPath', () => {
  it('stays near the view in the middle, and looks at what all look at', () => {
    const path = spiralPath([-20, -10, 0, 10, 20].map(onCircle), 16);
    for (const camera of path) {
      // 0.15 of the distance of sqrt(5), and up to half as much forth and back.
      const distance =
        Math.hypot(...position(camera).map((value, k) => value - [2, 0, 1][k]!)) / Math.sqrt(5);
      expect(distance).toBeGreaterThan(0.149);
      expect(distance).toBeLessThan(0.169);
      const away = Math.hypot(...position(camera));
      close(
        forward(camera),
        position(camera).map((value) => -value / away),
      );
    }
  });
});

describe('interpolatedPath', () => {
  it('goes from each view to the nearest that is left, through each of them', () => {
    const order = [0, 60, 120, 180, 240, 300].map(onCircle);
    expect(orderedByNearness(circle)).toEqual(order);
    const path = interpolatedPath(circle, 11);
    for (const [k, view] of order.entries()) close(path[2 * k]!.cameraToWorld, view.cameraToWorld);
    // Half way between two views: the mean position, and half of the turn of 60 degrees about z.
    close(position(path[1]!), [1.5, Math.sqrt(3) / 2, 1]);
    close(turn(path[1]!), turn(onCircle(30)));
  });

  it('[RE5] equals linear interpolation and slerp, to 1e-6 (scipy 1.17)', () => {
    const first = [
      ...[0.398068046, -0.915668379, 0.055616994, 1, 0.782108038, 0.307070726, -0.542231118, -2],
      ...[0.479425539, 0.25934338, 0.838386644, 0.5],
    ];
    const last = [
      ...[-0.563989822, 0.197998459, -0.801693265, -0.5, 0.516622736, -0.672772785, -0.529601481, 1],
      ...[-0.644217687, -0.712862813, 0.277146498, 3],
    ];
    const views = [first, last].map((cameraToWorld) => ({ ...pinhole, cameraToWorld }));
    const path = interpolatedPath([views[0]!, { ...views[1]!, fx: 50, cy: 12 }], 21);
    expect(path[6]!.cameraToWorld).toBeAllClose(
      [
        ...[-0.122409425, -0.950754624, -0.284748271, 0.55, 0.920862874, -0.001792187, -0.389882489, -1.1],
        ...[0.370172257, -0.309939403, 0.875734016, 1.25],
      ],
      { atol: 1e-6 },
    );
    expect(path[15]!.cameraToWorld).toBeAllClose(
      [
        ...[-0.605648738, -0.317385505, -0.72969586, -0.125, 0.75474617, -0.51963459, -0.400422416, 0.25],
        ...[-0.252086938, -0.793250487, 0.554261528, 2.375],
      ],
      { atol: 1e-6 },
    );
    expect([path[6]!.fx, path[6]!.cy]).toBeAllClose([36, 10.6]);
  });

  it('has the first view alone where one frame or one view is all', () => {
    close(interpolatedPath(circle, 1)[0]!.cameraToWorld, circle[0]!.cameraToWorld);
    close(interpolatedPath(circle.slice(0, 1), 3)[2]!.cameraToWorld, circle[0]!.cameraToWorld);
  });
});

describe('withSize', () => {
  it('keeps what is seen from top to bottom, and the shape of pixels', () => {
    expect(withSize({ ...pinhole, cx: 22, cameraToWorld: [] }, 60, 40)).toMatchObject({
      ...{ width: 60, height: 40, fx: 60, fy: 60, cx: 34, cy: 20 },
    });
  });
});
