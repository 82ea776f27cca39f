import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { focusOfAttention } from '../../../src/data/poses/focusOfAttention.ts';
import { orientAndCenterPoses } from '../../../src/data/poses/orientAndCenterPoses.ts';
import { rotationBetween } from '../../../src/data/poses/rotationBetween.ts';
import { symmetricEigen3 } from '../../../src/data/poses/symmetricEigen3.ts';
import { cross, normalize, type Vector3 } from '../../../src/data/vector3.ts';

/** A camera at `position` that looks at `target`, with +z up. */
function lookAt(position: Vector3, target: Vector3): number[] {
  const back = normalize([position[0] - target[0], position[1] - target[1], position[2] - target[2]]);
  const right = normalize(cross([0, 0, 1], back));
  const up = cross(back, right);
  return [0, 1, 2].flatMap((row) => [right[row]!, up[row]!, back[row]!, position[row]!]);
}

const ring = Array.from({ length: 8 }, (_, index): Vector3 => {
  const angle = (index / 8) * 2 * Math.PI;
  return [5 + 3 * Math.cos(angle), 2 + 3 * Math.sin(angle), 1.5];
});
const target: Vector3 = [5, 2, 0.5];
const poses = ring.map((position) => lookAt(position, target));

describe('orientAndCenterPoses', () => {
  it('puts the point the cameras look at into the origin', () => {
    expect(focusOfAttention(poses, [5, 2, 1.5])).toBeAllClose(target);
    const { transform } = orientAndCenterPoses(poses, { orientation: 'none', center: 'focus' });
    expect(transform).toBeAllClose([1, 0, 0, -5, 0, 1, 0, -2, 0, 0, 1, -0.5]);
  });

  it('leaves out cameras that look away', () => {
    const away = lookAt([5, 12, 0.5], [5, 22, 3]);
    expect(focusOfAttention([...poses, away], [5, 3, 1.4])).toBeAllClose(target);
  });

  it('falls back to the mean position when all cameras look outwards or the same way', () => {
    const outward = ring.map((position) => lookAt(position, [2 * position[0] - 5, 2 * position[1] - 2, 1.5]));
    expect(focusOfAttention(outward, [5, 2, 1.5])).toEqual([5, 2, 1.5]);
    const parallel = ring.map((position) => lookAt(position, [position[0] + 1, position[1], 1.5]));
    expect(focusOfAttention(parallel, [9, 2, 1.5])).toEqual([9, 2, 1.5]);
  });

  it.each(['up', 'vertical'] as const)('%s: stands a tilted scene upright', (orientation) => {
    const tilt = rotationBetween([0, 0, 1], [0.3, -0.2, 0.9]);
    const tilted = poses.map((pose) =>
      [0, 1, 2].flatMap((row) =>
        [0, 1, 2, 3].map((column) =>
          [0, 1, 2].reduce((sum, k) => sum + tilt[row * 3 + k]! * pose[k * 4 + column]!, 0),
        ),
      ),
    );
    const result = orientAndCenterPoses(tilted, { orientation, center: 'poses' });
    for (const pose of result.poses) expect(pose[11]).toBeCloseTo(0, 10);
    expect(result.poses.reduce((sum, pose) => sum + pose[9]!, 0)).toBeGreaterThan(0);
  });

  it('pca: gives the axes of the positions, and poses that agree with the transform', () => {
    const line = [-3, -1, 1, 3].map((x, index) => lookAt([x, index % 2, 0.2 * (index % 3)], [0, 9, 0]));
    for (const flip of [1, -1]) {
      const input = line.map((pose) =>
        pose.map((value, index) => (index % 4 === 1 || index % 4 === 2 ? flip * value : value)),
      );
      const { poses: turned, transform } = orientAndCenterPoses(input, {
        orientation: 'pca',
        center: 'poses',
      });
      input.forEach((pose, index) => {
        const position = [0, 1, 2].map(
          (row) =>
            transform[row * 4]! * pose[3]! +
            transform[row * 4 + 1]! * pose[7]! +
            transform[row * 4 + 2]! * pose[11]! +
            transform[row * 4 + 3]!,
        );
        expect([3, 7, 11].map((k) => turned[index]![k]!)).toBeAllClose(position);
      });
      expect(turned.reduce((sum, pose) => sum + pose[9]!, 0)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('rotationBetween', () => {
  it.each<[Vector3, Vector3]>([
    [
      [1, 2, 3],
      [0, 0, 1],
    ],
    [
      [0, 0, -2],
      [0, 0, 1],
    ],
    [
      [1, 0, 0],
      [-1, 0, 0],
    ],
    [
      [0, 5, 0],
      [0, 1, 0],
    ],
  ])('turns %j to %j and is a rotation', (from, to) => {
    const r = rotationBetween(from, to);
    const rows = [0, 3, 6].map((begin) => r.slice(begin, begin + 3) as unknown as Vector3);
    const turned = rows.map((row) => row[0] * from[0] + row[1] * from[1] + row[2] * from[2]);
    expect(normalize(turned as unknown as Vector3)).toBeAllClose(normalize(to), { atol: 1e-7 });
    expect(cross(rows[0]!, rows[1]!)).toBeAllClose(rows[2]!, { atol: 1e-12 });
  });
});

describe('symmetricEigen3', () => {
  it('diagonalizes', () => {
    const number = fc.double({ min: -10, max: 10, noNaN: true }).map(Math.fround);
    fc.assert(
      fc.property(fc.array(number, { minLength: 6, maxLength: 6 }), ([a, b, c, d, e, f]) => {
        const m = [a!, b!, c!, b!, d!, e!, c!, e!, f!];
        const { values, vectors } = symmetricEigen3(m);
        expect(values[0]).toBeLessThanOrEqual(values[1]!);
        expect(values[1]).toBeLessThanOrEqual(values[2]!);
        for (let k = 0; k < 3; k++) {
          const v = [vectors[k]!, vectors[3 + k]!, vectors[6 + k]!];
          expect(Math.hypot(...v)).toBeCloseTo(1, 6);
          const product = [0, 3, 6].map((row) => m[row]! * v[0]! + m[row + 1]! * v[1]! + m[row + 2]! * v[2]!);
          expect(product).toBeAllClose(
            v.map((value) => values[k]! * value),
            { rtol: 0, atol: 1e-4 },
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
