/** Boxes that say which part of a scene counts. Values of turned boxes are scipy's (`Rotation.from_euler('xyz', ...)`). */
import { describe, expect, it } from 'vitest';
import { cropTransform, orientationOf, orientedBox, stretchWithin } from '../../src/data/cropBox.ts';

const at = (box: readonly number[], [x, y, z]: readonly number[]) =>
  [0, 4, 8].map((row) => box[row]! * x! + box[row + 1]! * y! + box[row + 2]! * z! + box[row + 3]!);
const unmoved = { rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], scale: 1, translation: [0, 0, 0] };

describe('cropTransform', () => {
  it('brings the corners of the box to -1 and 1', () => {
    const box = cropTransform([0, -2, 1, 4, 0, 2], unmoved);
    expect(at(box, [0, -2, 1])).toEqual([-1, -1, -1]);
    expect(at(box, [4, 0, 2])).toEqual([1, 1, 1]);
    expect(at(box, [2, -1, 1.75])).toEqual([0, 0, 0.5]);
  });

  it('takes a box in other coordinates', () => {
    // The model's (x, y, z) is (10 - 2 y, 2 x, 2 z) there.
    const placement = { rotation: [0, -1, 0, 1, 0, 0, 0, 0, 1], scale: 2, translation: [10, 0, 0] };
    const box = cropTransform([8, 0, -1, 10, 4, 1], placement);
    expect(at(box, [1, 0.5, 0])).toBeAllClose([0, 0, 0]);
    expect(at(box, [2, 0, 0.5])).toBeAllClose([1, 1, 1]);
  });
});

describe('orientedBox', () => {
  it("is nerfstudio's: turned by roll, pitch and yaw about its centre, with the size of all of it", () => {
    const box = orientedBox([0.2, -1, 0.5], [0.4, -0.7, 1.9], [1, 2, 4]);
    expect(at(box, [0.2, -1, 0.5])).toBeAllClose([0, 0, 0], { atol: 1e-9 });
    expect(at(box, [0.9, -0.8, 0.1])).toBeAllClose([-0.572037757, -0.779518478, 0.011663434], { atol: 1e-8 });
    expect(at(box, [0.2, -1, 2.4])).toBeAllClose([2.448027212, 0.565902796, 0.66924299], { atol: 1e-8 });
  });
});

describe('orientationOf', () => {
  it('finds the box again, whatever frame it was told in', () => {
    const box = orientedBox([0.2, -1, 0.5], [0.4, -0.7, 1.9], [1, 2, 4]);
    const { center, rotation, size } = orientationOf(box);
    expect([...center, ...rotation, ...size]).toBeAllClose([0.2, -1, 0.5, 0.4, -0.7, 1.9, 1, 2, 4]);
    const placement = { rotation: [0, -1, 0, 1, 0, 0, 0, 0, 1], scale: 2, translation: [10, 0, 0] };
    const turned = cropTransform([8, 0, -1, 10, 4, 1], placement);
    const found = orientationOf(turned);
    expect(orientedBox(found.center, found.rotation, found.size)).toBeAllClose(turned, { atol: 1e-9 });
  });
});

describe('stretchWithin', () => {
  const box = cropTransform([-1, -1, -1, 1, 2, 1], unmoved);
  const stretch = (
    origin: readonly number[],
    direction: readonly number[],
    whole: readonly [number, number] = [0.1, 100],
  ) =>
    stretchWithin(
      box,
      { origins: Float32Array.of(0, ...origin), directions: Float32Array.of(0, ...direction) },
      1,
      whole,
    );

  it('is the part of a ray that lies within', () => {
    expect(stretch([5, 0, 0], [-1, 0, 0])).toEqual([4, 6]);
    expect(stretch([0, 0, 0], [0, 1, 0])).toEqual([0.1, 2]);
    expect(stretch([5, 0, 0], [-1, 0, 0], [4.5, 5])).toEqual([4.5, 5]);
    expect(stretch([-2, -2, 0], [Math.SQRT1_2, Math.SQRT1_2, 0])).toBeAllClose([Math.SQRT2, 3 * Math.SQRT2]);
  });

  it('has no length where the ray goes by', () => {
    expect(stretch([5, 0, 0], [1, 0, 0])).toEqual([0.1, 0.1]);
    expect(stretch([5, 0, 1.5], [-1, 0, 0])).toEqual([0.1, 0.1]);
  });
});
