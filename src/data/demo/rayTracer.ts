/** Finds what a ray hits first among a few objects. */
import type { DemoObject } from './demoObjects.ts';

/** The nearest hit of a ray. It is used again for the next one. */
export interface Hit {
  /** Undefined: the ray hit nothing. */
  object: DemoObject | undefined;
  /** [3], in the object's coordinates. */
  readonly point: Float64Array;
  /** [4], in the scene's coordinates: the surface's unit normal, and the distance. */
  readonly surface: Float64Array;
}

export interface RayTracer {
  /** The first hit of `ray` [6]: origin and unit direction. Valid until the next call. */
  trace(ray: Float64Array): Hit;
  /** Whether anything lies along `ray`. */
  occluded(ray: Float64Array): boolean;
}

export function createRayTracer(objects: readonly DemoObject[]): RayTracer {
  const placed = objects.map((object) => ({
    object,
    shape: object.shape,
    rotation: rotationOf(object),
    /** Middle and squared radius of the ball that holds it. */
    ball: Float64Array.of(...object.position, object.bound * object.bound),
  }));
  const nearest: Hit = { object: undefined, point: new Float64Array(3), surface: new Float64Array(4) };
  /** The ray in an object's coordinates, and its hit there. */
  const local = new Float64Array(6);
  const hit = new Float64Array(4);

  /** Leaves the hit of `ray` with one object in `hit`. */
  const intersect = ({ ball, shape, rotation: r }: (typeof placed)[number], ray: Float64Array): void => {
    const x = ray[0]! - ball[0]!;
    const y = ray[1]! - ball[1]!;
    const z = ray[2]! - ball[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    const along = x * dx + y * dy + z * dz;
    const outside = x * x + y * y + z * z - ball[3]!;
    if (outside > along * along || (outside > 0 && along > 0)) {
      hit[3] = Number.POSITIVE_INFINITY;
      return;
    }
    local[0] = r[0]! * x + r[3]! * y + r[6]! * z;
    local[1] = r[1]! * x + r[4]! * y + r[7]! * z;
    local[2] = r[2]! * x + r[5]! * y + r[8]! * z;
    local[3] = r[0]! * dx + r[3]! * dy + r[6]! * dz;
    local[4] = r[1]! * dx + r[4]! * dy + r[7]! * dz;
    local[5] = r[2]! * dx + r[5]! * dy + r[8]! * dz;
    shape(local, hit);
  };

  const intersects = (candidate: (typeof placed)[number], ray: Float64Array): boolean => {
    intersect(candidate, ray);
    return hit[3]! < Number.POSITIVE_INFINITY;
  };
  /** What was in the way last: it probably is again. */
  let latest = placed[0]!;

  return {
    trace(ray) {
      nearest.object = undefined;
      nearest.surface[3] = Number.POSITIVE_INFINITY;
      for (const candidate of placed) {
        intersect(candidate, ray);
        const distance = hit[3]!;
        if (distance >= nearest.surface[3]!) continue;
        const r = candidate.rotation;
        nearest.object = candidate.object;
        nearest.surface[3] = distance;
        for (let axis = 0; axis < 3; axis++) {
          nearest.point[axis] = local[axis]! + distance * local[axis + 3]!;
          nearest.surface[axis] =
            r[axis * 3]! * hit[0]! + r[axis * 3 + 1]! * hit[1]! + r[axis * 3 + 2]! * hit[2]!;
        }
      }
      return nearest;
    },
    occluded(ray) {
      if (intersects(latest, ray)) return true;
      for (const candidate of placed)
        if (candidate !== latest && intersects(candidate, ray)) {
          latest = candidate;
          return true;
        }
      return false;
    },
  };
}

/** [3, 3] row-major, object to scene: first about x by `tilt`, then about z by `turn`. */
function rotationOf({ tilt, turn }: DemoObject): Float64Array {
  const [ct, st, cz, sz] = [Math.cos(tilt), Math.sin(tilt), Math.cos(turn), Math.sin(turn)];
  return Float64Array.of(cz, -sz * ct, sz * st, sz, cz * ct, -cz * st, 0, st, ct);
}
