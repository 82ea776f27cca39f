/** Moves of the visitor's camera, held against positions that are worked out on paper: a camera 5 before the origin, z is up. */
import { describe, expect, it } from 'vitest';
import { columnOf, type Vector3 } from '../../../src/data/vector3.ts';
import {
  dolly,
  levelled,
  lookAround,
  move,
  orbit,
  pivotOf,
  poseLookingAt,
} from '../../../src/studio/page/view/cameraPose.ts';

const up: Vector3 = [0, 0, 1];
const pose = poseLookingAt([5, 0, 0], [0, 0, 0], up);
const position = ({ cameraToWorld }: { cameraToWorld: readonly number[] }) => columnOf(cameraToWorld, 3);

describe('the visitor’s camera', () => {
  it('orbits a quarter around what it looks at', () => {
    const moved = orbit(pose, up, Math.PI / 2, 0);
    expect(position(moved)).toBeAllClose([0, 5, 0], { atol: 1e-12 });
    expect(pivotOf(moved)).toBeAllClose([0, 0, 0], { atol: 1e-12 });
    expect(columnOf(moved.cameraToWorld, 1)).toBeAllClose([0, 0, 1], { atol: 1e-12 });
  });

  it('sinks by a positive pitch: 30 degrees below the horizon', () => {
    const moved = orbit(pose, up, 0, Math.PI / 6);
    expect(position(moved)).toBeAllClose([5 * Math.cos(Math.PI / 6), 0, -2.5], { atol: 1e-12 });
  });

  it('stops just before the pole, and comes back from there', () => {
    const above = orbit(pose, up, 0, -10);
    expect(position(above)).toBeAllClose([5 * Math.sin(0.03), 0, 5 * Math.cos(0.03)], { atol: 1e-9 });
    expect(position(orbit(above, up, 0, Math.PI / 2 - 0.03))).toBeAllClose([5, 0, 0], { atol: 1e-9 });
  });

  it('turns where it stands: what it looks at moves, it does not', () => {
    const moved = lookAround(pose, up, Math.PI / 2, 0);
    expect(position(moved)).toBeAllClose([5, 0, 0]);
    expect(pivotOf(moved)).toBeAllClose([5, -5, 0], { atol: 1e-12 });
  });

  it('moves along its own axes, in shares of the distance', () => {
    expect(position(move(pose, 0.2, 0, 0))).toBeAllClose([5, 1, 0], { atol: 1e-12 });
    expect(position(move(pose, 0, 0.2, 0))).toBeAllClose([5, 0, 1], { atol: 1e-12 });
    expect(position(move(pose, 0, 0, 0.2))).toBeAllClose([4, 0, 0], { atol: 1e-12 });
  });

  it('comes nearer without passing what it looks at', () => {
    const moved = dolly(pose, 0.5);
    expect(position(moved)).toBeAllClose([2.5, 0, 0]);
    expect(pivotOf(moved)).toBeAllClose([0, 0, 0], { atol: 1e-12 });
    expect(dolly(pose, 0).distance).toBeGreaterThan(0);
  });

  it('levels a camera that lies on its side, without moving it', () => {
    // Right is down (-z), above is to the left (y): the upright camera rolled by 90 degrees.
    const rolled = { cameraToWorld: [0, 0, 1, 5, 0, 1, 0, 0, -1, 0, 0, 0], distance: 5 };
    expect(levelled(rolled, up).cameraToWorld).toBeAllClose(pose.cameraToWorld, { atol: 1e-12 });
  });
});
