/** Splats in other coordinates look the same to a camera that is moved with them. */
import { describe, expect, it } from 'vitest';
import { after, inverseOf, type Similarity } from '../../../src/data/similarity.ts';
import { harmonicsOf, renderSplats } from '../../../src/models/splat/reference/renderSplats.ts';
import { splatView } from '../../../src/models/splat/splatView.ts';
import { transformSplats } from '../../../src/models/splat/transformSplats.ts';
import { cameraAt, randomSplats } from '../../support/splatScenes.ts';

/** About an axis of length 1 (Rodrigues). */
function rotationAbout([x, y, z]: readonly [number, number, number], angle: number): number[] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const d = 1 - c;
  return [
    ...[c + x * x * d, x * y * d - z * s, x * z * d + y * s],
    ...[y * x * d + z * s, c + y * y * d, y * z * d - x * s],
    ...[z * x * d - y * s, z * y * d + x * s, c + z * z * d],
  ];
}

const similarity = (angle: number, scale: number): Similarity => ({
  rotation: rotationAbout([2 / 3, -1 / 3, 2 / 3], angle),
  scale,
  translation: [0.7, -2, 5],
});

/** Axes turned, position turned, scaled and moved. */
function moved(cameraToWorld: readonly number[], { rotation, scale, translation }: Similarity): number[] {
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2, 3].map((column) => {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += rotation[row * 3 + k]! * cameraToWorld[k * 4 + column]!;
      return column === 3 ? scale * sum + translation[row]! : sum;
    }),
  );
}

const settings = { degree: 3, harmonicsWidth: 45, background: [0.2, 0.4, 0.1], cutoff: 2 / 255, blur: 0.3 };

describe('transformSplats', () => {
  // Each angle makes another component of the quaternion the largest.
  it.each([0.4, 2.9, -1.7, Math.PI])(
    'keeps the picture, harmonics of degree 3 included: turned by %f',
    (angle) => {
      const splats = randomSplats(30, 45, 5);
      const change = similarity(angle, 2.5);
      const camera = cameraAt();
      const there = { ...camera, cameraToWorld: moved(camera.cameraToWorld, change) };
      const before = renderSplats(splats, splatView(camera), { ...settings, near: 0.02 });
      const seen = renderSplats(transformSplats(splats, change), splatView(there), {
        ...settings,
        near: 0.05,
      });
      expect(seen).toBeAllClose(before, { rtol: 1e-4, atol: 1e-5 });
    },
  );

  it('is undone by the inverse of a scene’s placement', () => {
    const transform = [0, -1, 0, 3, 1, 0, 0, -4, 0, 0, 1, 5];
    const scale = 0.25;
    const back = inverseOf({ transform, scale });
    // model = scale (transform world): (1, 2, 3) -> 0.25 (-2 + 3, 1 - 4, 3 + 5)
    const model = [0.25, -0.75, 2];
    const world = [0, 1, 2].map(
      (row) =>
        back.scale * model.reduce((sum, value, k) => sum + back.rotation[row * 3 + k]! * value, 0) +
        back.translation[row]!,
    );
    expect(world).toBeAllClose([1, 2, 3], { rtol: 1e-12 });
  });

  it('composes: one after the other is both at once', () => {
    const splats = randomSplats(5, 9, 6);
    const [first, second] = [similarity(0.3, 2), { ...similarity(-1.1, 0.7), translation: [1, 2, 3] }];
    const [step, once] = [
      transformSplats(transformSplats(splats, first), second),
      transformSplats(splats, after(second, first)),
    ];
    for (const name of ['means', 'scales', 'harmonics'] as const)
      expect(once[name]).toBeAllClose(step[name], { rtol: 1e-4, atol: 1e-5 });
  });

  it('harmonics are orthonormal, which the rotation relies on', () => {
    // A fine grid of the sphere, apart from the rule that the rotation uses.
    const sums = Array.from({ length: 16 }, () => new Array<number>(16).fill(0));
    const [rings, steps] = [400, 40];
    for (let ring = 0; ring < rings; ring++)
      for (let step = 0; step < steps; step++) {
        const z = (2 * ring + 1) / rings - 1;
        const angle = (2 * Math.PI * step) / steps;
        const radius = Math.sqrt(1 - z * z);
        const values = harmonicsOf(radius * Math.cos(angle), radius * Math.sin(angle), z);
        for (const [i, a] of values.entries())
          for (const [j, b] of values.entries()) sums[i]![j]! += (a * b * 4 * Math.PI) / (rings * steps);
      }
    for (const [i, row] of sums.entries()) {
      const identity = row.map((_, j) => (i === j ? 1 : 0));
      expect(row).toBeAllClose(identity, { atol: 1e-3 });
    }
  });
});
