/** Densification with a budget: splitting and removing by hand. */
import { expect, it } from 'vitest';
import { budgetDensifier } from '../../../../src/models/splat/densify/budgetDensifier.ts';
import { densified, fourSplats } from './fourSplats.ts';

/** Aims at `target` splats, whatever there were. */
function budget(target: number, minOpacity = 0.005) {
  const settings = budgetDensifier.schema.parse({ everySteps: 10, fromShare: 0.1, minOpacity });
  const densifier = budgetDensifier.create(settings, {
    seed: 1,
    maxSplats: target,
    horizonSteps: 100,
    photoSide: 100,
  });
  return (values = fourSplats(), scores: readonly number[] = [1, 5, 9, 2], step = 20) =>
    densified(densifier, step, values, scores, target)?.rows;
}

it('removes what is transparent and splits what matters most along its longest axis', () => {
  const rows = budget(4)()!;
  expect(rows.map(({ source }) => source).toSorted()).toEqual([0, 1, 1, 3]);
  expect(rows.map(({ from }) => from).toSorted()).toEqual([-1, -1, 0, 3]);
  const halves = rows.filter(({ from }) => from === -1);
  expect(halves.map(({ mean }) => mean[1]!).toSorted((a, b) => a - b)).toBeAllClose([-0.06, 0.06]);
  expect(halves.flatMap(({ mean: [x, , z] }) => [x!, z!])).toBeAllClose([0, 0, 0, 0], { atol: 1e-7 });
  for (const { scale, opacity } of halves) {
    expect(scale).toBeAllClose([Math.log(0.06), -4 + Math.log(0.9), -4 + Math.log(0.9)]);
    expect(opacity).toBeCloseTo(0.56, 5);
  }
  expect(rows.find(({ source }) => source === 3)).toMatchObject({ mean: [1, 0, 0], scale: [-4, -4, -4] });
});

it('splits none where the budget is spent, and half at most', () => {
  const sources = (rows?: readonly { readonly source: number }[]) =>
    rows?.map(({ source }) => source).toSorted();
  expect(sources(budget(0)())).toEqual([0, 1, 3]);
  expect(sources(budget(1000, 0.001)())).toEqual([0, 1, 1, 2, 2, 3]);
});

it('of equal scores splits those that come first', () => {
  const rows = budget(1000, 0.001)(fourSplats(), [2, 5, 2, 2])!;
  expect(rows.filter(({ from }) => from === -1).map(({ source }) => source)).toEqual([0, 1, 0, 1]);
});

it('removes what is not finite', () => {
  const values = fourSplats();
  values.scales[0] = Number.NaN;
  values.means[3] = Infinity;
  expect(budget(0)(values)!.map(({ from }) => from)).toEqual([3]);
});

it('grows evenly from the count at the start to maxSplats, and only removes from then on', () => {
  const settings = { everySteps: 10, fromShare: 0.1, growUntil: 0.5, pruneUntil: 0.8, minOpacity: 0.5 };
  const densifier = budgetDensifier.create(settings, {
    seed: 1,
    maxSplats: 12,
    horizonSteps: 100,
    photoSide: 100,
  });
  const opaque = { ...fourSplats(), opacities: new Float32Array(4).fill(2) };
  const counts = [10, 15, 20, 30, 51, 60, 80, 90].map(
    (step) => densified(densifier, step, opaque, [1, 2, 3, 4], 2)?.rows.length,
  );
  // Step 20 has the share 0.19: 2 + 10 * 0.225 = 4 of them are wanted; step 30: 6.
  expect(counts).toEqual([undefined, undefined, 4, 6, undefined, 4, 4, undefined]);
});
