import { describe, expect, it } from 'vitest';
import { hasProjection, splatView } from '../../../src/models/splat/splatView.ts';

const camera = {
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3],
  ...{ width: 40, height: 30, fx: 18, fy: 18, cx: 20, cy: 15 },
};

describe('a lens', () => {
  it.each([
    ['a panorama', { model: 'EQUIRECTANGULAR' as const }],
    [
      'a fisheye with tangential distortion',
      { model: 'OPENCV_FISHEYE' as const, distortion: [0.01, 0, 0, 0, 0.002, 0] as const },
    ],
    ["COLMAP's own", { model: 'FULL_OPENCV' as const }],
  ])('has no projection: %s', (_, lens) => {
    expect(hasProjection(lens)).toBe(false);
  });

  it('has one with tangential distortion before a plane, or with next to none of it', () => {
    const distortion = [0.01, 0, 0, 0, 0.002, -0.001] as const;
    expect(hasProjection({ model: 'OPENCV', distortion })).toBe(true);
    expect(splatView({ ...camera, model: 'OPENCV', distortion })).toMatchObject({ lens: 1, p1: 0.002 });
    const little = [0.01, 0, 0, 0, 5e-5, 0] as const;
    expect(hasProjection({ model: 'OPENCV_FISHEYE', distortion: little })).toBe(true);
    expect(splatView({ ...camera, model: 'OPENCV_FISHEYE', distortion: little }).lens).toBe(2);
    expect(hasProjection({ model: 'OPENCV_FISHEYE' })).toBe(true);
  });
});
