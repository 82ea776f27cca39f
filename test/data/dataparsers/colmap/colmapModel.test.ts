import { describe, expect, it } from 'vitest';
import {
  colmapCameraToWorld,
  colmapIntrinsics,
  colmapLensOf,
} from '../../../../src/data/dataparsers/colmap/colmapModel.ts';

const where = { file: 'sparse/0', camera: 'camera 1' };
const size = { width: 100, height: 80 };
const intrinsics = (model: string, parameters: number[], image = size) =>
  colmapIntrinsics({ model, width: 100, height: 80, parameters }, image, where);

describe('colmapIntrinsics', () => {
  it.each([
    ['SIMPLE_PINHOLE', [90, 50, 40], 'OPENCV', [90, 90], undefined],
    ['PINHOLE', [90, 91, 50, 40], 'OPENCV', [90, 91], undefined],
    ['SIMPLE_RADIAL', [90, 50, 40, 0.1], 'OPENCV', [90, 90], [0.1, 0, 0, 0, 0, 0]],
    ['RADIAL', [90, 50, 40, 0.1, 0.2], 'OPENCV', [90, 90], [0.1, 0.2, 0, 0, 0, 0]],
    ['OPENCV', [90, 91, 50, 40, 0.1, 0.2, 0.3, 0.4], 'OPENCV', [90, 91], [0.1, 0.2, 0, 0, 0.3, 0.4]],
    [
      'OPENCV_FISHEYE',
      [90, 91, 50, 40, 0.1, 0.2, 0.3, 0.4],
      'OPENCV_FISHEYE',
      [90, 91],
      [0.1, 0.2, 0.3, 0.4, 0, 0],
    ],
    ['SIMPLE_RADIAL_FISHEYE', [90, 50, 40, 0.1], 'OPENCV_FISHEYE', [90, 90], [0.1, 0, 0, 0, 0, 0]],
    ['RADIAL_FISHEYE', [90, 50, 40, 0.1, 0.2], 'OPENCV_FISHEYE', [90, 90], [0.1, 0.2, 0, 0, 0, 0]],
    ['FISHEYE', [90, 91, 50, 40], 'OPENCV_FISHEYE', [90, 91], undefined],
    [
      'FULL_OPENCV',
      [90, 91, 50, 40, 0.1, 0.2, 0.3, 0.4, 0.5, 0, 0, 0],
      'OPENCV',
      [90, 91],
      [0.1, 0.2, 0.5, 0, 0.3, 0.4],
    ],
  ] as const)('%s', (model, parameters, expected, [fx, fy], distortion) => {
    expect(intrinsics(model, [...parameters])).toEqual({
      model: expected,
      ...size,
      fx,
      fy,
      cx: 50,
      cy: 40,
      ...(distortion && { distortion }),
    });
  });

  it('follows a smaller copy of the photo, also one with an odd number of pixels', () => {
    const small = intrinsics('OPENCV', [90, 91, 50, 40, 0.1, 0, 0, 0], { width: 33, height: 27 });
    expect([small.fx, small.fy, small.cx, small.cy]).toBeAllClose([29.7, 30.7125, 16.5, 13.5], {
      rtol: 1e-12,
    });
    expect(small.distortion).toEqual([0.1, 0, 0, 0, 0, 0]);
  });

  it('keeps the numbers of the other lenses', () => {
    expect(intrinsics('SIMPLE_DIVISION', [90, 50, 40, -0.1])).toEqual({
      ...{ model: 'DIVISION', ...size, fx: 90, fy: 90, cx: 50, cy: 40 },
      lens: [-0.1],
    });
    expect(
      intrinsics('FULL_OPENCV', [90, 91, 50, 40, 1, 2, 3, 4, 5, 6, 7, 8], { width: 50, height: 40 }),
    ).toEqual({
      ...{ model: 'FULL_OPENCV', width: 50, height: 40, fx: 45, fy: 45.5, cx: 25, cy: 20 },
      lens: [1, 2, 3, 4, 5, 6, 7, 8],
    });
  });

  it('takes a panorama', () => {
    expect(intrinsics('EQUIRECTANGULAR', [100, 80])).toEqual({
      model: 'EQUIRECTANGULAR',
      ...size,
      fx: 50,
      fy: 80,
      cx: 50,
      cy: 40,
    });
  });

  it.each([
    ['PINHOLE', [1, Number.NaN, 3, 4], /a parameter is not a finite number/],
    ['BROWN', [1], /^sparse\/0: camera 1: camera model "BROWN" is unknown/],
    ['PINHOLE', [1, 2, 3], /PINHOLE has 4 parameters, not 3/],
  ])('%s: says why it cannot be used', (model, parameters, message) => {
    expect(() => intrinsics(model, parameters)).toThrow(message);
  });

  it('knows the numbers of all models of COLMAP 4.2', () => {
    const names = Array.from({ length: 18 }, (_, id) => colmapLensOf(id));
    expect(names.every((lens) => lens !== undefined)).toBe(true);
    expect(names[17]).toEqual({ name: 'EQUIRECTANGULAR', parameters: 2 });
    expect(colmapLensOf(18)).toBeUndefined();
  });
});

describe('colmapCameraToWorld', () => {
  it('turns a quarter around the y axis and steps back', () => {
    // R maps the world's +x to the camera's -z... of OpenCV axes; the camera stands at C = -Rᵀ t.
    const half = Math.SQRT1_2;
    const pose = colmapCameraToWorld({ rotation: [half, 0, half, 0], translation: [1, 2, 3] });
    // R = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]: right = +z, down = +y, forward = -x.
    expect(pose).toBeAllClose([0, 0, 1, 3, 0, -1, 0, -2, 1, 0, 0, -1], { atol: 1e-12 });
  });
});
