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
  return marched(ringRadius + tubeRadius, (x, y, z) => {
    const fromRing = Math.sqrt(x * x + y * y) - ringRadius;
    return Math.sqrt(fromRing * fromRing + z * z) - tubeRadius;
  });
}

/** A cube with rounded edges; `halfSize` includes the rounding. */
export function roundedCube(halfSize: number, rounding: number): Shape {
  const inner = halfSize - rounding;
  return marched(halfSize * Math.sqrt(3), (x, y, z) => {
    const qx = Math.abs(x) - inner;
    const qy = Math.abs(y) - inner;
    const qz = Math.abs(z) - inner;
    const px = Math.max(qx, 0);
    const py = Math.max(qy, 0);
    const pz = Math.max(qz, 0);
    return Math.sqrt(px * px + py * py + pz * pz) + Math.min(0, Math.max(qx, qy, qz)) - rounding;
  });
}

/** An upright cone: `bottomRadius` at z = -halfHeight, a rounded tip near z = halfHeight. */
export function cone(bottomRadius: number, halfHeight: number): Shape {
  const length = Math.hypot(bottomRadius, 2 * halfHeight);
  return marched(Math.hypot(bottomRadius, halfHeight), (x, y, z) => {
    const r = Math.sqrt(x * x + y * y);
    const fromSide = ((r - bottomRadius) * 2 * halfHeight + (z + halfHeight) * bottomRadius) / length;
    return Math.max(fromSide, -halfHeight - z);
  });
}

/** A shape given by its signed distance, found by sphere tracing inside the ball of radius `bound` (Hart 1996). */
function marched(bound: number, distance: (x: number, y: number, z: number) => number): Shape {
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
      const x = ox + t * dx;
      const y = oy + t * dy;
      const z = oz + t * dz;
      const d = distance(x, y, z);
      if (d < margin) {
        const nx = distance(x + margin, y, z) - distance(x - margin, y, z);
        const ny = distance(x, y + margin, z) - distance(x, y - margin, z);
        const nz = distance(x, y, z + margin) - distance(x, y, z - margin);
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
