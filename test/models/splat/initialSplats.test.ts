import { describe, expect, it } from 'vitest';
import { initialSplats } from '../../../src/models/splat/initialSplats.ts';
import { randomKey, uniformAt } from '../../../src/rng.ts';

const start = { points: 100, opacity: 0.5, size: 0.5 } as const;

/** Root mean square distance to the three nearest of all others, by looking at each. */
function spacing(points: readonly (readonly number[])[], k: number): number {
  const squares = points
    .filter((_, other) => other !== k)
    .map((other) => other.reduce((sum, value, axis) => sum + (value - points[k]![axis]!) ** 2, 0))
    .sort((a, b) => a - b)
    .slice(0, 3);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

function splatsAt(points: readonly (readonly number[])[]) {
  const positions = Float32Array.from(points.flat());
  return initialSplats({ positions, colors: positions.map(() => 0.25) }, start, 9);
}

describe('initialSplats', () => {
  it('makes round splats half as large as their points are apart', () => {
    const key = randomKey(3, 1, 1);
    const points = Array.from({ length: 200 }, (_, k) =>
      // A fifth of the points share their x with others.
      [
        Math.floor(k / 5) % 2 ? 0.5 : uniformAt(key, 3 * k),
        uniformAt(key, 3 * k + 1),
        uniformAt(key, 3 * k + 2),
      ].map(Math.fround),
    );
    const { scales, rotations, opacities, colors, harmonics } = splatsAt(points);
    points.forEach((_, k) => {
      const expected = Math.log(0.5 * spacing(points, k));
      for (let axis = 0; axis < 3; axis++) expect(scales[k * 3 + axis]).toBeCloseTo(expected, 5);
    });
    expect([...rotations.subarray(4, 8)]).toEqual([1, 0, 0, 0]);
    expect(opacities[7]).toBe(0);
    expect(colors[0]).toBeCloseTo(-0.25 / 0.28209479177387814, 6);
    expect(harmonics).toEqual(new Float32Array(200 * 9));
  });

  it('has a size for points that are alone, in pairs and in one place', () => {
    expect(splatsAt([[1, 2, 3]]).scales[0]).toBeCloseTo(Math.log(0.05), 6);
    expect(
      splatsAt([
        [0, 0, 0],
        [0, 2, 0],
      ]).scales[3],
    ).toBeCloseTo(0, 6);
    const same = splatsAt(Array.from({ length: 6 }, () => [1, 1, 1]));
    expect(same.scales[5]).toBeCloseTo(Math.log(0.5e-5), 5);
  });
});
