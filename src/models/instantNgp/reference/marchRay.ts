/** Marching one ray through the occupancy grid, in plain numbers: the reference of src/kernels/assembly/march.ts. */

export interface MarchGrid {
  readonly levels: number;
  readonly resolution: number;
  /** Whether cell (level, z, y, x), counted row-major, is occupied. */
  occupied(cell: number): boolean;
  readonly near: number;
  readonly coneAngle: number;
  readonly minStep: number;
  readonly maxStep: number;
  /** See `MarchSettings`; default: 0. */
  readonly stepGrowth?: number;
  /** Whether positions are contracted (mip-NeRF 360); default: no. */
  readonly contracted?: boolean;
}

/** A sample: position in the encoding's cube as [0, 1]^3, distance and length in unit coordinates; contracted, the length shrinks as radii do. */
export interface MarchSample {
  readonly position: readonly [number, number, number];
  readonly t: number;
  readonly step: number;
}

type Vector = readonly [number, number, number];

/**
 * Walks whole steps from the ray's entry to its exit and keeps those that begin in an occupied cell
 * (Müller et al. 2022, appendix E.1). No cell is skipped, so that this also proves that skipping changes nothing.
 *
 * @param origin,direction unit coordinates: the first level's cube is [0, 1]^3
 * @param offset share of a step that the first sample is shifted by, 0..1
 */
export function marchRay(grid: MarchGrid, origin: Vector, direction: Vector, offset: number): MarchSample[] {
  // A ray that goes nowhere would never arrive.
  if (direction.every((component) => component === 0)) return [];
  const half = 2 ** (grid.levels - 1) / 2;
  let enter = grid.near;
  let leave = Number.POSITIVE_INFINITY;
  for (let axis = 0; axis < 3; axis++) {
    const a = (0.5 - half - origin[axis]!) / direction[axis]!;
    const b = (0.5 + half - origin[axis]!) / direction[axis]!;
    enter = Math.max(enter, Math.min(a, b));
    leave = Math.min(leave, Math.max(a, b));
  }
  const { coneAngle, minStep, maxStep, stepGrowth = 0, contracted = false } = grid;
  const stepAt = (t: number) =>
    Math.min(Math.max(t * coneAngle * Math.max(t * stepGrowth, 1), minStep), maxStep);
  const samples: MarchSample[] = [];
  for (let t = enter + offset * stepAt(enter); t < leave - 1e-4; t += stepAt(t)) {
    const point = origin.map((value, axis) => value + direction[axis]! * t) as unknown as Vector;
    const step = stepAt(t);
    if (grid.occupied(cellAt(grid, point, step)))
      samples.push({
        position: encodedPosition(grid, point),
        t,
        step: contracted ? step / contractedNorm(point) ** 2 : step,
      });
  }
  return samples;
}

/** The finest level that holds the point and whose cells are no smaller than the step. */
function cellAt(grid: MarchGrid, point: Vector, step: number): number {
  const reach = Math.max(...point.map((value) => Math.abs(value - 0.5)));
  let level = 0;
  while (level < grid.levels - 1 && (reach >= 2 ** level / 2 || step * grid.resolution > 2 ** level)) level++;
  const [x, y, z] = point.map((value) => {
    const position = ((value - 0.5) / 2 ** level + 0.5) * grid.resolution;
    return Math.floor(Math.min(Math.max(position, 0), grid.resolution - 1e-3));
  }) as [number, number, number];
  return ((level * grid.resolution + z) * grid.resolution + y) * grid.resolution + x;
}

/**
 * From unit coordinates to the encoding's cube [0, 1]^3: that of the outermost level or, contracted (mip-NeRF 360, eq. 10, with the largest
 * coordinate as the norm), all of space, of which the first cube takes the middle half of each side.
 */
export function encodedPosition(
  { levels, contracted = false }: Pick<MarchGrid, 'levels' | 'contracted'>,
  point: Vector,
): Vector {
  const norm = contractedNorm(point);
  const shrink = contracted ? (2 - 1 / norm) / norm / 2 : 2 ** (1 - levels);
  return point.map((value) => (value - 0.5) * shrink + 0.5) as unknown as Vector;
}

/** How many times farther than the first cube's faces a point is; 1 within it. */
function contractedNorm(point: Vector): number {
  return Math.max(1, ...point.map((value) => 2 * Math.abs(value - 0.5)));
}
