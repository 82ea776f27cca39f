/** Shapes that rays can hit, each around its own origin. */

/**
 * Finds the first point of the shape along `ray` [6] (origin, unit direction) beyond a small margin, and writes to `hit`
 * [4] its outward unit normal and its distance: Infinity where there is none. By arrays, because numbers that pass
 * between functions unknown to the compiler cost an allocation each.
 */
export type Shape = (ray: Float64Array, hit: Float64Array) => void;

/** Hits nearer than this are the surface the ray starts from. */
const margin = 1e-4;

export function sphere(radius: number): Shape {
  return (ray, hit) => {
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    hit[3] = Number.POSITIVE_INFINITY;
    const b = ox * dx + oy * dy + oz * dz;
    const root = b * b - (ox * ox + oy * oy + oz * oz - radius * radius);
    if (root < 0) return;
    const half = Math.sqrt(root);
    const t = -b - half > margin ? -b - half : -b + half;
    if (t <= margin) return;
    hit[0] = (ox + t * dx) / radius;
    hit[1] = (oy + t * dy) / radius;
    hit[2] = (oz + t * dz) / radius;
    hit[3] = t;
  };
}

/** An upright cylinder with flat ends at z = -halfHeight and z = halfHeight. */
export function cylinder(radius: number, halfHeight: number): Shape {
  return (ray, hit) => {
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    hit[3] = Number.POSITIVE_INFINITY;
    const a = dx * dx + dy * dy;
    const b = ox * dx + oy * dy;
    const root = b * b - a * (ox * ox + oy * oy - radius * radius);
    if (a > 1e-12 && root >= 0) {
      const t = (-b - Math.sqrt(root)) / a;
      if (t > margin && Math.abs(oz + t * dz) <= halfHeight) {
        hit[3] = t;
        hit[0] = (ox + t * dx) / radius;
        hit[1] = (oy + t * dy) / radius;
        hit[2] = 0;
      }
    }
    // Seen from outside, only the end that faces the ray can be hit first.
    const t = ((dz < 0 ? halfHeight : -halfHeight) - oz) / dz;
    if (t > margin && t < hit[3]! && (ox + t * dx) ** 2 + (oy + t * dy) ** 2 <= radius * radius) {
      hit[3] = t;
      hit[0] = 0;
      hit[1] = 0;
      hit[2] = dz < 0 ? 1 : -1;
    }
  };
}

/** A ring around the z axis. */
export function torus(ringRadius: number, tubeRadius: number): Shape {
  return marched(ringRadius + tubeRadius, (at) => {
    const fromRing = Math.sqrt(at[0]! * at[0]! + at[1]! * at[1]!) - ringRadius;
    at[3] = Math.sqrt(fromRing * fromRing + at[2]! * at[2]!) - tubeRadius;
  });
}

/** A cube with rounded edges; `halfSize` includes the rounding. */
export function roundedCube(halfSize: number, rounding: number): Shape {
  const inner = halfSize - rounding;
  return marched(halfSize * Math.sqrt(3), (at) => {
    const qx = Math.abs(at[0]!) - inner;
    const qy = Math.abs(at[1]!) - inner;
    const qz = Math.abs(at[2]!) - inner;
    const px = Math.max(qx, 0);
    const py = Math.max(qy, 0);
    const pz = Math.max(qz, 0);
    at[3] = Math.sqrt(px * px + py * py + pz * pz) + Math.min(0, Math.max(qx, qy, qz)) - rounding;
  });
}

/** An upright cone: `bottomRadius` at z = -halfHeight, a rounded tip near z = halfHeight. */
export function cone(bottomRadius: number, halfHeight: number): Shape {
  const length = Math.hypot(bottomRadius, 2 * halfHeight);
  return marched(Math.hypot(bottomRadius, halfHeight), (at) => {
    const z = at[2]!;
    const r = Math.sqrt(at[0]! * at[0]! + at[1]! * at[1]!);
    const fromSide = ((r - bottomRadius) * 2 * halfHeight + (z + halfHeight) * bottomRadius) / length;
    at[3] = Math.max(fromSide, -halfHeight - z);
  });
}

/**
 * A shape given by its signed distance, found by sphere tracing inside the ball of radius `bound` (Hart 1996).
 * @param distance writes that of the point [3] behind it
 */
function marched(bound: number, distance: (at: Float64Array) => void): Shape {
  const at = new Float64Array(4);
  /** The distance's slope along an axis, twice the margin long. */
  const slope = (axis: number): number => {
    const middle = at[axis]!;
    at[axis] = middle + margin;
    distance(at);
    const after = at[3]!;
    at[axis] = middle - margin;
    distance(at);
    at[axis] = middle;
    return after - at[3]!;
  };
  return (ray, hit) => {
    const ox = ray[0]!;
    const oy = ray[1]!;
    const oz = ray[2]!;
    const dx = ray[3]!;
    const dy = ray[4]!;
    const dz = ray[5]!;
    hit[3] = Number.POSITIVE_INFINITY;
    const b = ox * dx + oy * dy + oz * dz;
    const root = b * b - (ox * ox + oy * oy + oz * oz - bound * bound);
    if (root < 0) return;
    const end = -b + Math.sqrt(root);
    let t = Math.max(20 * margin, -b - Math.sqrt(root));
    for (let step = 0; step < 96 && t < end; step++) {
      at[0] = ox + t * dx;
      at[1] = oy + t * dy;
      at[2] = oz + t * dz;
      distance(at);
      const d = at[3]!;
      if (d < margin) {
        const nx = slope(0);
        const ny = slope(1);
        const nz = slope(2);
        const length = Math.hypot(nx, ny, nz);
        hit[0] = nx / length;
        hit[1] = ny / length;
        hit[2] = nz / length;
        hit[3] = t;
        return;
      }
      t += d;
    }
  };
}
