/** Camera paths against values on paper: Catmull and Rom's midpoint, straight ways, quarter turns. */
import { describe, expect, it } from 'vitest';
import { type Keyframe, splinePath } from '../../../src/studio/page/cameraPath/spline.ts';

const at = (x: number, fieldOfView = 50): Keyframe => ({
  cameraToWorld: [1, 0, 0, x, 0, 1, 0, 2 * x, 0, 0, 1, 0],
  fieldOfView,
});
const xOf = ({ cameraToWorld }: Keyframe) => cameraToWorld[3]!;
const smooth = { tension: 0, isLoop: false };

describe('splinePath', () => {
  it('passes through every key', () => {
    const keys = [0, 3, 4, 9].map((x) => at(x));
    const path = splinePath(keys, 7, smooth);
    expect([path[0]!, path[2]!, path[4]!, path[6]!].map(xOf)).toBeAllClose([0, 3, 4, 9]);
  });

  it('lies at (-p0 + 9 p1 + 9 p2 - p3) / 16 in the middle between two keys', () => {
    const path = splinePath([at(0), at(3), at(4), at(9)], 7, smooth);
    expect(xOf(path[3]!)).toBeCloseTo((-0 + 27 + 36 - 9) / 16, 12);
    expect(path[3]!.cameraToWorld[7]).toBeCloseTo((2 * (27 + 36 - 9)) / 16, 12);
  });

  it('goes straight with full tension, slowly at the keys: 3 s² - 2 s³ of the way', () => {
    const path = splinePath([at(0), at(8), at(0)], 9, { tension: 1, isLoop: false });
    expect(path.slice(0, 5).map(xOf)).toBeAllClose([0, 8 * 0.15625, 4, 8 * 0.84375, 8]);
  });

  it('comes back in a loop: the frame after the last would be the first', () => {
    const path = splinePath([at(0), at(8)], 4, { tension: 1, isLoop: true });
    expect(path.map(xOf)).toBeAllClose([0, 4, 8, 4]);
  });

  it('turns half of a quarter in the middle, and widens its field of view', () => {
    const quarter: Keyframe = { cameraToWorld: [0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0], fieldOfView: 90 };
    const [, middle] = splinePath([at(0, 50), quarter], 3, { tension: 1, isLoop: false });
    const half = Math.SQRT1_2;
    expect(middle!.cameraToWorld).toBeAllClose([half, -half, 0, 0, half, half, 0, 0, 0, 0, 1, 0], {
      atol: 1e-12,
    });
    expect(middle!.fieldOfView).toBeCloseTo(70, 12);
  });

  it('stands still with one key', () => {
    expect(splinePath([at(5)], 3, smooth).map(xOf)).toEqual([5, 5, 5]);
    expect(splinePath([at(5)], 1, { tension: 0, isLoop: true }).map(xOf)).toEqual([5]);
  });
});
