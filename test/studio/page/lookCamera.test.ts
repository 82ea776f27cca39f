/** Which camera a look asks for, worked out by hand. */
import { describe, expect, it } from 'vitest';
import type { Vector3 } from '../../../src/data/vector3.ts';
import { flown, isFlyKey } from '../../../src/studio/page/view/flyKeys.ts';
import {
  containedFieldOfView,
  frameIn,
  freeCamera,
  photoCamera,
  pictureSize,
} from '../../../src/studio/page/view/lookCamera.ts';
import { nearestPointAt, project } from '../../../src/studio/page/view/projection.ts';
import { outlookOf } from '../../../src/studio/page/view/viewState.ts';

const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
const photo = { cameraToWorld: identity, width: 400, height: 200, fx: 300, fy: 310, cx: 190, cy: 105 };

describe('the camera of a look', () => {
  it('fills the view: 90 degrees from top to bottom are half the height of focal length', () => {
    expect(freeCamera(identity, 90, { width: 300, height: 200 })).toEqual({
      ...{ cameraToWorld: identity, width: 300, height: 200 },
      fx: expect.closeTo(100, 9),
      fy: expect.closeTo(100, 9),
    });
  });

  it('is the photo’s own where one stands in it, in its shape', () => {
    const frame = frameIn({ width: 1000, height: 1000 }, photo);
    expect(frame).toEqual({ width: 1000, height: 500, left: 0, top: 250 });
    expect(photoCamera(photo, { width: 200, height: 100 })).toMatchObject({
      fx: 150,
      fy: 155,
      cx: 95,
      cy: 52.5,
    });
    // 200 pixels of the photo are 500 of the view's 1000: the view sees twice as much.
    const degrees = (2 * Math.atan(200 / 310) * 180) / Math.PI;
    expect(containedFieldOfView({ width: 1000, height: 1000 }, photo)).toBeCloseTo(degrees, 9);
  });

  it('has no more pixels than are allowed, in the same shape', () => {
    expect(pictureSize({ width: 1000, height: 500 }, 0.5, 1e9)).toEqual({ width: 500, height: 250 });
    expect(pictureSize({ width: 4000, height: 2000 }, 1, 2_000_000)).toEqual({ width: 2000, height: 1000 });
    expect(pictureSize({ width: 3, height: 1 }, 0.1, 1e9)).toEqual({ width: 1, height: 1 });
  });
});

describe('points in the picture', () => {
  const viewport = { cameraToWorld: identity, fieldOfView: 90, width: 200, height: 100 };

  it('are where a pinhole has them; none behind the camera', () => {
    expect(project([0, 0, -5], viewport)).toEqual([100, 50]);
    expect(project([1, 1, -2], viewport)).toBeAllClose([125, 25]);
    expect(project([0, 0, 5], viewport)).toBeUndefined();
  });

  it('are found by a click near them', () => {
    const points: Vector3[] = [
      [0, 0, 5],
      [0, 0, -5],
      [1, 1, -2],
    ];
    expect(nearestPointAt(points, viewport, [122, 27], 18)).toBe(2);
    expect(nearestPointAt(points, viewport, [160, 90], 18)).toBeUndefined();
  });
});

describe('flying', () => {
  const pose = { cameraToWorld: [0, 0, 1, 5, 1, 0, 0, 0, 0, 1, 0, 0], distance: 5 };
  const fly = (keys: string[], seconds: number, isFast = false) =>
    flown(pose, [0, 0, 1], new Set(keys), seconds, isFast).cameraToWorld;

  it('goes 0.8 of the distance in a second, with shift three times as far', () => {
    expect(fly(['KeyW'], 0.5)[3]).toBeCloseTo(5 - 0.5 * 0.8 * 5, 12);
    expect(fly(['KeyW'], 0.1, true)[3]).toBeCloseTo(5 - 0.3 * 0.8 * 5, 12);
    expect(fly(['KeyE'], 0.5)[11]).toBeCloseTo(2, 12);
    expect(fly(['KeyW', 'KeyS'], 0.5)[3]).toBeCloseTo(5, 12);
  });

  it('looks around by arrows, and leaves all other keys to the browser', () => {
    expect(fly(['ArrowLeft'], 0.5).slice(3, 4)).toEqual([5]);
    // Turned left by 0.55 radians: what is behind the camera, +x before, turns to +y.
    expect(fly(['ArrowLeft'], 0.5)[6]).toBeCloseTo(Math.sin(0.55), 12);
    expect([isFlyKey('KeyW'), isFlyKey('Tab'), isFlyKey('Enter')]).toEqual([true, false, false]);
  });
});

describe('where a visit begins', () => {
  const facing = (x: number, back: number) => ({
    name: '',
    camera: { cameraToWorld: [0, 0, back, x, back, 0, 0, 0, 0, 1, 0, 0], width: 4, height: 3, fx: 4, fy: 4 },
  });

  it('is the first camera of training, around what cameras look at, upright as they are', () => {
    const above = {
      name: '',
      camera: { ...facing(0, 1).camera, cameraToWorld: [1, 0, 0, 0, 0, 0, 1, 3, 0, -1, 0, 0] },
    };
    const outlook = outlookOf({ train: [facing(5, 1), facing(-5, -1)], eval: [above] });
    expect(outlook.focus).toBeAllClose([0, 0, 0], { atol: 1e-9 });
    expect(outlook.radius).toBeCloseTo(5, 9);
    expect(outlook.pose.distance).toBeCloseTo(5, 9);
    expect(outlook.pose.cameraToWorld).toEqual(facing(5, 1).camera.cameraToWorld);
  });

  it('is somewhere before there is a scene', () => {
    expect(outlookOf(undefined).pose.distance).toBeGreaterThan(0);
  });
});
