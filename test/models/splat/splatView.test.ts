import { describe, expect, it } from 'vitest';
import { splatView } from '../../../src/models/splat/splatView.ts';

const camera = {
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3],
  ...{ width: 40, height: 30, fx: 18, fy: 18, cx: 20, cy: 15 },
};

describe('a camera that splats cannot be seen by', () => {
  it.each([
    ['equirectangular', { model: 'EQUIRECTANGULAR' as const }, /equirectangular camera: choose/],
    [
      'a fisheye with tangential distortion',
      { model: 'OPENCV_FISHEYE' as const, distortion: [0.01, 0, 0, 0, 0.002, 0] as const },
      /fisheye camera with tangential distortion .*undistort the photos, or choose the method instant-ngp/,
    ],
  ])('%s is answered in one line', (_, lens, message) => {
    expect(() => splatView({ ...camera, ...lens })).toThrow(message);
  });

  it('is none with tangential distortion before a plane, or with next to none of it', () => {
    const distortion = [0.01, 0, 0, 0, 0.002, -0.001] as const;
    expect(splatView({ ...camera, model: 'OPENCV', distortion })).toMatchObject({ lens: 1, p1: 0.002 });
    const little = [0.01, 0, 0, 0, 5e-5, 0] as const;
    expect(splatView({ ...camera, model: 'OPENCV_FISHEYE', distortion: little }).lens).toBe(2);
  });
});
