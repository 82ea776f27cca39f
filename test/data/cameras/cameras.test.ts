import { describe, expect, it } from 'vitest';
import { cameraDirections, pointDirection } from '../../../src/data/cameras/cameraDirections.ts';
import { expMapSE3, expMapSO3xR3 } from '../../../src/data/cameras/lieGroups.ts';
import { undistort } from '../../../src/data/cameras/undistort.ts';

describe('undistort', () => {
  it('inverts the distortion', () => {
    const [k1, k2, k3, k4, p1, p2] = [0.06, -0.08, 0.01, -0.002, -0.003, 0.004] as const;
    const out = new Float64Array(2);
    for (const [x, y] of [
      [0, 0],
      [0.3, -0.2],
      [-0.5, 0.6],
      [0.01, 0.7],
    ] as const) {
      const r = x * x + y * y;
      const d = 1 + k1 * r + k2 * r ** 2 + k3 * r ** 3 + k4 * r ** 4;
      const xd = x * d + 2 * p1 * x * y + p2 * (r + 2 * x * x);
      const yd = y * d + 2 * p2 * x * y + p1 * (r + 2 * y * y);
      undistort(xd, yd, [k1, k2, k3, k4, p1, p2], out);
      expect(out).toBeAllClose([x, y], { rtol: 0, atol: 1e-12 });
    }
  });

  it('stays finite where the distortion cannot be inverted', () => {
    const out = new Float64Array(2);
    undistort(3, 2, [-0.5, 0, 0, 0, 0, 0], out);
    expect(out.every(Number.isFinite)).toBe(true);
  });
});

describe('cameraDirections', () => {
  const square = { width: 4, height: 2, fx: 2, fy: 2, cx: 2, cy: 1 };

  it('of a pinhole camera lie on the plane z = -1, y upwards, row by row', () => {
    expect(cameraDirections({ model: 'OPENCV', ...square }).slice(0, 6)).toBeAllClose([
      -0.75, 0.25, -1, -0.25, 0.25, -1,
    ]);
  });

  it('of a fisheye camera have the angle of the distance from the middle', () => {
    const out = new Float64Array(3);
    pointDirection({ model: 'OPENCV_FISHEYE', ...square }, 2 + 2 * (Math.PI / 2), 1, out);
    expect(out).toBeAllClose([1, 0, 0]);
    pointDirection({ model: 'OPENCV_FISHEYE', ...square }, 2, 1, out);
    expect(out).toBeAllClose([0, 0, -1]);
  });

  it('of a panorama go once around', () => {
    const out = new Float64Array(3);
    const panorama = { model: 'EQUIRECTANGULAR', width: 8, height: 4, fx: 4, fy: 4, cx: 4, cy: 2 } as const;
    const directions = [
      [4, 2],
      [6, 2],
      [8, 2],
      [4, 0],
    ].map(([column, row]) => {
      pointDirection(panorama, column!, row!, out);
      return [...out];
    });
    expect(directions.flat()).toBeAllClose([0, 0, -1, 1, 0, 0, 0, 0, 1, 0, 1, 0]);
  });
});

describe('exponential maps', () => {
  const quarterTurn = [1, 2, 3, 0, 0, Math.PI / 2];

  it('turn about the rotation vector', () => {
    expect(expMapSO3xR3(quarterTurn)).toBeAllClose([0, -1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 3]);
  });

  it('move along a screw in SE(3)', () => {
    // A quarter turn about z while moving by (1, 2): (2 / pi) [[1, -1], [1, 1]] (1, 2).
    expect(expMapSE3(quarterTurn)).toBeAllClose([0, -1, 0, -2 / Math.PI, 1, 0, 0, 6 / Math.PI, 0, 0, 1, 3]);
  });

  it('add up along one direction', () => {
    const tangent = [0.3, -0.2, 0.5, 0.2, -0.1, 0.4];
    const half = expMapSE3(tangent.map((value) => value / 2));
    const m = (row: number, column: number) => half[row * 4 + column]!;
    const squared = [0, 1, 2].flatMap((row) =>
      [0, 1, 2, 3].map(
        (column) =>
          [0, 1, 2].reduce((sum, k) => sum + m(row, k) * m(k, column), 0) + (column === 3 ? m(row, 3) : 0),
      ),
    );
    expect(expMapSE3(tangent)).toBeAllClose(squared, { rtol: 1e-12, atol: 1e-12 });
  });
});
