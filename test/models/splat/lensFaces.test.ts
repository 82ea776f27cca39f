/** Lenses without a projection, taken apart into pinhole views. */
import { describe, expect, it } from 'vitest';
import type { Intrinsics } from '../../../src/data/cameras/camera.ts';
import { pointDirection } from '../../../src/data/cameras/cameraDirections.ts';
import { cross, dot, type Vector3 } from '../../../src/data/vector3.ts';
import {
  faceDirection,
  faceOf,
  lensFaces,
  photoPlaces,
  placeInFace,
} from '../../../src/models/splat/lensFaces.ts';

const lenses: Readonly<Record<string, Intrinsics>> = {
  panorama: { model: 'EQUIRECTANGULAR', width: 200, height: 100, fx: 100, fy: 100, cx: 100, cy: 50 },
  'fisheye with tangential distortion': {
    ...{ model: 'OPENCV_FISHEYE', width: 160, height: 120, fx: 60, fy: 62, cx: 79, cy: 61 },
    distortion: [0.02, -0.004, 0, 0, 0.003, -0.002],
  },
  'thin prism fisheye': {
    ...{ model: 'THIN_PRISM_FISHEYE', width: 160, height: 120, fx: 90, fy: 91, cx: 80, cy: 60 },
    lens: [-0.03, 0.01, 0.001, -0.002, 0, 0, 0.002, 0.001],
  },
  'full OpenCV': {
    ...{ model: 'FULL_OPENCV', width: 160, height: 120, fx: 150, fy: 152, cx: 78, cy: 61 },
    lens: [0.2, 0.05, 0.001, 0.001, 0.01, 0.15, 0.02, 0],
  },
};

/** Of some pixels, corners among them. */
function directionsOf(lens: Intrinsics) {
  const found: { column: number; row: number; direction: Vector3 }[] = [];
  for (let row = 0.5; row < lens.height; row += 7)
    for (let column = 0.5; column < lens.width; column += 7) {
      const out = new Float64Array(3);
      pointDirection(lens, column, row, out);
      found.push({ column, row, direction: [out[0]!, out[1]!, out[2]!] });
    }
  return found;
}

/** Degrees, from what is small in both. */
function angleBetween(a: Vector3, b: Vector3): number {
  return (Math.atan2(Math.hypot(...cross(a, b)), dot(a, b)) * 180) / Math.PI;
}

describe.each(Object.entries(lenses))('%s', (name, lens) => {
  const faces = lensFaces(lens);

  it('is seen whole: each of its pixels lies in the face that is nearest', () => {
    for (const { direction } of directionsOf(lens)) {
      const face = faces[faceOf(faces, direction)]!;
      const { column, row } = placeInFace(face, direction)!;
      expect(column).toBeGreaterThan(0.5);
      expect(row).toBeGreaterThan(0.5);
      expect(column).toBeLessThan(face.intrinsics.width - 0.5);
      expect(row).toBeLessThan(face.intrinsics.height - 0.5);
      // And the face's pixel looks there.
      expect(angleBetween(faceDirection(face, { column, row }), direction)).toBeLessThan(1e-5);
      const out = new Float64Array(3);
      pointDirection(face.intrinsics, column, row, out);
      const [right, up, back] = face.axes;
      const turned = [0, 1, 2].map((k) => out[0]! * right[k]! + out[1]! * up[k]! + out[2]! * back[k]!);
      expect(angleBetween(turned as unknown as Vector3, direction)).toBeLessThan(1e-5);
    }
  });

  it('has faces with axes of a right-handed frame, about as sharp as it is itself', () => {
    expect(faces).toHaveLength(name === 'panorama' ? 6 : name.startsWith('full') ? 1 : faces.length);
    for (const { axes } of faces) expect(angleBetween(cross(axes[0], axes[1]), axes[2])).toBe(0);
    const [one] = faces;
    const expected = name === 'panorama' ? 200 / (2 * Math.PI) : lens.fx;
    expect(Math.abs(one!.intrinsics.fx / expected - 1)).toBeLessThan(0.05);
  });

  it('finds the point of the photo that shows a direction', () => {
    const find = photoPlaces(lens);
    for (const { column, row, direction } of directionsOf(lens)) {
      const [x, y, z] = direction;
      const found = find([2 * x, 2 * y, 2 * z])!;
      expect(Math.hypot(found.column - column, found.row - row)).toBeLessThan(2e-3);
    }
  });
});
