import { expect, it } from 'vitest';
import { distort } from '../../../src/data/cameras/distort.ts';
import { undistort } from '../../../src/data/cameras/undistort.ts';

it('is the formula of OpenCV, by hand', () => {
  // r = 0.05, d = 1 + 0.1 * 0.05 = 1.005; 2 x y = 0.04, r + 2 x² = 0.07, r + 2 y² = 0.13.
  const [x, y] = distort(0.1, 0.2, [0.1, 0, 0, 0, 0.01, 0.02]);
  expect(x).toBeCloseTo(0.1005 + 0.01 * 0.04 + 0.02 * 0.07, 12);
  expect(y).toBeCloseTo(0.201 + 0.02 * 0.04 + 0.01 * 0.13, 12);
});

it('is undone by undistort', () => {
  const lens = [-0.2, 0.1, 0.02, -0.01, 0.003, -0.002] as const;
  const back = new Float64Array(2);
  const [x, y] = distort(0.4, -0.3, lens);
  undistort(x, y, lens, back);
  expect(back[0]).toBeCloseTo(0.4, 12);
  expect(back[1]).toBeCloseTo(-0.3, 12);
});
