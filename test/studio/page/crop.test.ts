/** The view's crop box and measures, in a scene whose own coordinates are turned, larger and moved. */
import { describe, expect, it } from 'vitest';
import {
  boxEdges,
  cornersOf,
  cropOf,
  firstCrop,
  sideLine,
  withEdge,
} from '../../../src/studio/page/view/crop.ts';
import { measures, roundLength, scaleBar } from '../../../src/studio/page/view/measures.ts';
import { pointedAlong } from '../../../src/studio/page/view/projection.ts';
import type { Outlook } from '../../../src/studio/page/view/viewState.ts';

/** model = 0.1 * (world turned by 90 degrees about z: (-y, x, z), then moved by (1, 2, 3)) */
const scene = {
  ...{ train: [], eval: [] },
  worldToModel: { transform: [0, -1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 3], scale: 0.1 },
};
const outlook: Outlook = {
  pose: { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], distance: 1 },
  ...{ up: [0, 0, 1], focus: [0.1, 0.2, 0.3], radius: 2 },
};
const at = (box: readonly number[], [x, y, z]: readonly number[]) =>
  [0, 4, 8].map((row) => box[row]! * x! + box[row + 1]! * y! + box[row + 2]! * z! + box[row + 3]!);

describe('the crop box', () => {
  it('is begun around what the cameras look at, in the coordinates of either frame', () => {
    expect(firstCrop(scene, outlook, 'model').box).toBeAllClose([-0.9, -0.8, -0.7, 1.1, 1.2, 1.3]);
    // The focus is the world's origin there, and 2 of the model are 20 of the world.
    expect(firstCrop(scene, outlook, 'world').box).toBeAllClose([-10, -10, -10, 10, 10, 10]);
  });

  it('asks for what `--crop` means: a world point at its corner is at the corner of the unit cube', () => {
    const crop = cropOf(scene, { isOn: true, frame: 'world', box: [0, 10, 20, 2, 14, 28] })!;
    // World (2, 14, 28) is model 0.1 * (-14 + 1, 2 + 2, 28 + 3).
    expect(at(crop, [-1.3, 0.4, 3.1])).toBeAllClose([1, 1, 1]);
    expect(at(crop, [0.1 * (1 - 12), 0.3, 2.7])).toBeAllClose([0, 0, 0], { atol: 1e-9 });
    expect(cropOf(scene, { isOn: false, frame: 'world', box: [0, 10, 20, 2, 14, 28] })).toBeUndefined();
  });

  it('never becomes empty, whichever number is changed', () => {
    const crop = { isOn: true, frame: 'model', box: [0, 0, 0, 1, 1, 1] } as const;
    expect(withEdge(crop, 0, 5, 0.1).box).toEqual([0.9, 0, 0, 1, 1, 1]);
    expect(withEdge(crop, 5, -5, 0.1).box).toEqual([0, 0, 0, 1, 1, 0.1]);
    expect(withEdge(crop, 4, 7, 0.1).box).toEqual([0, 0, 0, 1, 7, 1]);
  });

  it('has sides that move along its own axes, by their own numbers', () => {
    // World y is model -x, ten times as long.
    const { from, along } = sideLine(scene, { isOn: true, frame: 'world', box: [0, 10, 20, 2, 14, 28] }, 4);
    expect([from, along].flat()).toBeAllClose([0.1, 0.3, 2.7, -0.1, 0, 0], { atol: 1e-9 });
  });

  it.each([
    // The ray through there meets the line in (2, 0, 0).
    [[140, 100], [0, 0, 0], [1, 0, 0], 2],
    [[140, 100], [1, 0, 0], [0.5, 0, 0], 2],
    // (0.4 s, 0.4 s, 5 - s) is nearest to it at s = 10 / 2.32, in the middle of nowhere.
    [[140, 60], [0, 0, 0], [1, 0, 0], 4 / 2.32],
    [[100, 100], [0, 0, 0], [0, 0, 1], undefined],
    [[108, 100], [0, 0, 0], [0, 0, 1], undefined],
  ] as const)('pointed to at %j, the line from %j along %j is meant at %d', (place, from, along, at) => {
    const cameraToWorld = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 5];
    const viewport = { cameraToWorld, fieldOfView: 90, width: 200, height: 200 };
    const found = pointedAlong([...from], [...along], place, viewport);
    if (at === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(at, 9);
  });

  it('has twelve edges, each along one axis', () => {
    const corners = cornersOf([0, 0, 0, 1, 2, 4]);
    const lengths = boxEdges.map(([a, b]) => Math.hypot(...corners[a]!.map((v, k) => v - corners[b]![k]!)));
    expect(lengths.sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4]);
  });
});

describe('measures', () => {
  it.each([
    [1, 1],
    [1.9, 1],
    [4.99, 2],
    [5, 5],
    [0.099, 0.05],
    [730, 500],
  ])('of %d, %d is the greatest round length', (length, round) => expect(roundLength(length)).toBe(round));

  it('are in the units of the data set', () => {
    // 2 model units away, 90 degrees over 400 pixels: 0.01 model units a pixel, which are 0.1 of the world.
    const { length, pixels } = scaleBar(scene, { distance: 2, fieldOfView: 90, height: 400 }, 120);
    expect([length, pixels]).toBeAllClose([10, 100]);
  });

  it('have axes along those of the data set, and a grid on its ground', () => {
    const { axes, grid, gridStep } = measures(scene, outlook, [0, 0, 1], '#000');
    expect(gridStep).toBe(5);
    // World x is model y, world y is model -x; two steps are 10 of the world, 1 of the model.
    expect(axes.ends.flat()).toBeAllClose([0.1, 1.2, 0.3, -0.9, 0.2, 0.3, 0.1, 0.2, 1.3]);
    expect(grid).toHaveLength(22);
    for (const { from, to } of grid) expect([from[2], to[2]]).toBeAllClose([0.3, 0.3]);
  });
});
