/** Sets of cameras whose right frame is known: made here, each around a place, at a size and tilt of its own. */
import { describe, expect, it } from 'vitest';
import { placePoses } from '../../../src/data/poses/placePoses.ts';
import { cross, normalize, type Vector3 } from '../../../src/data/vector3.ts';

const auto = { orientation: 'auto', center: 'auto', autoScale: 'auto', scale: 1 } as const;
const place: Vector3 = [30, -12, 7];

/** A camera at `position` that looks along `view`, +z up as far as that goes. */
function looking(position: Vector3, view: Vector3, up: Vector3 = [0, 0, 1]): number[] {
  const back = normalize([-view[0], -view[1], -view[2]]);
  const right = normalize(cross(up, back));
  const above = cross(back, right);
  return [0, 1, 2].flatMap((row) => [right[row]!, above[row]!, back[row]!, position[row]!]);
}

/** Repeatable numbers in -1..1. */
function noise(index: number): number {
  return Math.sin(index * 12.9898 + 4.1) * Math.cos(index * 78.233);
}

const around = (count: number, make: (angle: number, index: number) => number[]) =>
  Array.from({ length: count }, (_, index) => make((2 * Math.PI * index) / count, index));

/** `radius` from `place`, `height` above it, looking at it, but for `shake` radians. */
function ring(count: number, radius: number, height = 0.3 * radius, shake = 0.05): number[][] {
  return around(count, (angle, index) => {
    const offset: Vector3 = [radius * Math.cos(angle), radius * Math.sin(angle), height];
    const view = offset.map((value, k) => -value + shake * radius * noise(3 * index + k));
    return looking(offset.map((value, k) => value + place[k]!) as never, view as never);
  });
}

/** A drone that looks straight down, `altitude` above the ground, and tilts a little. @param turned whether it flies back and forth */
function nadirGrid(side: number, altitude: number, turned = false): number[][] {
  return Array.from({ length: side * side }, (_, index): number[] => {
    const [row, column] = [Math.floor(index / side), index % side];
    const position: Vector3 = [20 * column + place[0], 20 * row + place[1], altitude + noise(index)];
    const view: Vector3 = [0.04 * noise(index + 100), 0.04 * noise(index + 200), -1];
    return looking(position, view, [0, turned && row % 2 === 1 ? -1 : 1, 0]);
  });
}

const positionsOf = (poses: readonly (readonly number[])[]) =>
  poses.map((pose) => [pose[3]!, pose[7]!, pose[11]!]);
const distancesOf = (poses: readonly (readonly number[])[]) =>
  positionsOf(poses).map((position) => Math.hypot(...position));
const meanOf = (points: readonly (readonly number[])[]) =>
  [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis]!, 0) / points.length);

/** Where the model has a point of the world. */
function modelPoint({ worldToModel: { transform, scale } }: ReturnType<typeof placePoses>, point: Vector3) {
  return [0, 4, 8].map(
    (row) =>
      scale *
      (transform[row]! * point[0] +
        transform[row + 1]! * point[1] +
        transform[row + 2]! * point[2] +
        transform[row + 3]!),
  );
}

describe('placePoses, left to itself', () => {
  it.each([
    ['a ring of many', ring(40, 3)],
    ['a ring of few', ring(9, 250)],
    ['a dome', [...ring(20, 3, 0.2), ...ring(12, 2.4, 2), ...ring(5, 1, 3)]],
    ['a quarter of a ring', ring(48, 3).slice(0, 12)],
  ])('[DA20] %s: the origin is what the cameras look at, the inner part is its surroundings', (_, poses) => {
    const placed = placePoses(poses, auto);
    expect(placed.chosen).toContain('center focus');
    expect(Math.hypot(...modelPoint(placed, place))).toBeLessThan(0.06);
    const median = distancesOf(placed.poses).sort((a, b) => a - b)[poses.length >> 1]!;
    expect(median).toBeCloseTo(1 / 1.2, 6);
  });

  it('[DA20] cameras far away do not shrink what the others look at', () => {
    const near = placePoses(ring(40, 3), auto).worldToModel.scale;
    const far = placePoses([...ring(40, 3), ...ring(8, 60)], auto).worldToModel.scale;
    expect(far / near).toBeGreaterThan(0.9);
  });

  it.each([
    ['a grid of views straight down', nadirGrid(7, 80), 'up'],
    ['flown back and forth', nadirGrid(8, 80, true), 'overhead'],
  ])(
    "[DA20] %s: parallel views meet nowhere, and the origin is the cameras' mean",
    (_, poses, orientation) => {
      const placed = placePoses(poses, auto);
      expect(placed.chosen).toContain('center poses');
      expect(placed.chosen).toContain(`orientation ${orientation}`);
      expect(meanOf(positionsOf(placed.poses))).toBeAllClose([0, 0, 0], { atol: 1e-9 });
      expect(Math.max(...positionsOf(placed.poses).flat().map(Math.abs))).toBeCloseTo(1, 9);
    },
  );

  it('[DA20] a drone turned every way looks down, along -z', () => {
    for (const pose of placePoses(nadirGrid(8, 80, true), auto).poses) expect(pose[10]).toBeGreaterThan(0.99);
  });

  it('[DA20] views of a wall from before it: the focus if they turn to one point, else the mean position', () => {
    const wall = (turn: number) =>
      Array.from({ length: 20 }, (_, index) => {
        const [x, z] = [(index % 5) - 2, Math.floor(index / 5) - 1.5];
        return looking([x, 0, z], [-turn * x + 0.3 * noise(index), 8, -turn * z + 0.3 * noise(index + 50)]);
      });
    const converging = placePoses(wall(1), auto);
    expect(converging.chosen).toContain('center focus');
    expect(modelPoint(converging, [0, 8, 0])[1]).toBeCloseTo(0, 0);
    expect(placePoses(wall(0), auto).chosen).toContain('center poses');
  });

  it.each([
    [
      'a panorama',
      around(24, (angle) =>
        looking(
          [0.1 * Math.cos(angle), 0.1 * Math.sin(angle), 1.6],
          [Math.cos(angle), Math.sin(angle), 0.1 * Math.sin(7 * angle)],
        ),
      ),
    ],
    [
      'a walk through rooms',
      Array.from({ length: 40 }, (_, index) =>
        looking(
          [0.3 * index, 2 * noise(index), 1.5],
          [Math.cos(2.4 * index), Math.sin(2.4 * index), 0.2 * noise(index + 9)],
        ),
      ),
    ],
  ])("[DA20] %s looks outwards: the origin is the cameras' mean", (_, poses) => {
    const placed = placePoses(poses, auto);
    expect(placed.chosen).toContain('center poses');
    expect(meanOf(positionsOf(placed.poses))).toBeAllClose([0, 0, 0], { atol: 1e-9 });
  });

  it('what is given is not chosen, and says nothing', () => {
    const poses = nadirGrid(7, 80);
    const given = { orientation: 'up', center: 'poses', autoScale: true, scale: 1 } as const;
    expect(placePoses(poses, given).chosen).toBeUndefined();
    expect(placePoses(poses, { ...given, center: 'focus' }).worldToModel).not.toEqual(
      placePoses(poses, given).worldToModel,
    );
  });
});
