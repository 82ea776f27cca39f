/** How far a point is from the surfaces of the demo scene: distance functions, written apart from the rays that its pictures are made with. */
type Distance = (x: number, y: number, z: number) => number;

const sphere =
  (radius: number): Distance =>
  (x, y, z) =>
    Math.hypot(x, y, z) - radius;
const torus =
  (ring: number, tube: number): Distance =>
  (x, y, z) =>
    Math.hypot(Math.hypot(x, y) - ring, z) - tube;
const cylinder =
  (radius: number, half: number): Distance =>
  (x, y, z) => {
    const [aside, above] = [Math.hypot(x, y) - radius, Math.abs(z) - half];
    return Math.min(Math.max(aside, above), 0) + Math.hypot(Math.max(aside, 0), Math.max(above, 0));
  };
const roundedCube =
  (half: number, rounding: number): Distance =>
  (...point) => {
    const beyond = point.map((value) => Math.abs(value) - (half - rounding));
    return (
      Math.hypot(...beyond.map((value) => Math.max(value, 0))) + Math.min(Math.max(...beyond), 0) - rounding
    );
  };
/** Standing on z = -half, its tip at z = half: the nearer of its side and its base, in the plane of the point and the axis. */
const cone =
  (radius: number, half: number): Distance =>
  (x, y, z) => {
    const aside = Math.hypot(x, y);
    const toSegment = (ax: number, az: number, bx: number, bz: number) => {
      const [dx, dz] = [bx - ax, bz - az];
      const share = ((aside - ax) * dx + (z - az) * dz) / (dx * dx + dz * dz);
      const t = Math.min(1, Math.max(0, share));
      return Math.hypot(aside - ax - t * dx, z - az - t * dz);
    };
    const nearest = Math.min(toSegment(radius, -half, 0, half), toSegment(0, -half, radius, -half));
    const isInside = z > -half && aside < (radius * (half - z)) / (2 * half);
    return isInside ? -nearest : nearest;
  };

const floor = -0.6;
/** Shape, place, tilt about x, turn about z: as src/data/demo/demoObjects.ts has them. */
const objects: readonly (readonly [Distance, readonly [number, number, number], number, number])[] = [
  [cylinder(1.12, 0.06), [0, 0, floor - 0.06], 0, 0],
  [sphere(0.42), [-0.12, 0.08, floor + 0.42], 0, 0],
  [torus(0.66, 0.055), [-0.12, 0.08, floor + 0.47], 0.42, 0.5],
  [roundedCube(0.22, 0.05), [0.62, -0.42, floor + 0.22], 0, 0.6],
  [cylinder(0.12, 0.5), [0.42, 0.66, floor + 0.5], 0, 0],
  [sphere(0.19), [0.42, 0.66, floor + 1.17], 0, 0],
  [cone(0.24, 0.36), [-0.62, -0.62, floor + 0.36], 0, 0],
  [sphere(0.13), [0.12, -0.72, floor + 0.13], 0, 0],
];

/** Of the round table everything stands on. */
export const tableWidth = 2.24;

/** Signed distance to the nearest surface of the scene, negative inside. @param point [3] in the scene's coordinates */
export function demoDistance([px, py, pz]: readonly [number, number, number]): number {
  const back = (angle: number, a: number, b: number) => [
    Math.cos(angle) * a + Math.sin(angle) * b,
    -Math.sin(angle) * a + Math.cos(angle) * b,
  ];
  return Math.min(
    ...objects.map(([shape, [cx, cy, cz], tilt, turn]) => {
      const [x, turnedY] = back(turn, px - cx, py - cy) as [number, number];
      const [y, z] = back(tilt, turnedY, pz - cz) as [number, number];
      return shape(x, y, z);
    }),
  );
}
