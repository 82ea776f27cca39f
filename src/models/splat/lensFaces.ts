/**
 * Lenses that splats cannot be projected through (panoramas, COLMAP's models beyond OpenCV's, fisheyes with tangential distortion) as pinhole views from the same
 * place: the sides of a cube as far as the lens sees them, or one view where it sees less than that. As sharp as the photo in its middle.
 */
import type { Camera, Intrinsics } from '../../data/cameras/camera.ts';
import { pointDirection } from '../../data/cameras/cameraDirections.ts';
import { addScaled, cross, dot, normalize, type Vector3 } from '../../data/vector3.ts';

/** A pinhole view. Its axes are those of a camera (OpenGL's: right, up, back), in the camera space of the lens. */
export interface LensFace {
  readonly intrinsics: Intrinsics;
  readonly axes: readonly [right: Vector3, up: Vector3, back: Vector3];
}

/** A point of an image, pixels; the centre of the top left one is (0.5, 0.5). */
export interface ImagePoint {
  readonly column: number;
  readonly row: number;
}

/** Up to here, tan 50°, a single view does: its corners are at most 1 + tan² times as fine as its middle. */
const widestView = Math.tan((50 / 180) * Math.PI);
/** Pixels of the photo that are looked at to find what a lens sees: every fourth of each row and column, and the last ones. */
const lookEvery = 4;
/** Pixels that a view is larger on each side than what was found of it: what lies between, and a neighbour for interpolation. */
const margin = lookEvery + 2;

const [x, y, z]: [Vector3, Vector3, Vector3] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const minus = (a: Vector3): Vector3 => addScaled([0, 0, 0], a, -1);
/** Ahead, right, behind, left, up, down. */
const cubeAxes: readonly LensFace['axes'][] = [
  [x, y, z],
  [z, y, minus(x)],
  [minus(x), y, minus(z)],
  [minus(z), y, x],
  [x, z, minus(y)],
  [x, minus(z), y],
];
const cube = cubeAxes.map((axes) => ({ axes }));

/** The views that a lens is taken apart into: each holds all of the lens that lies nearest to its axis. */
export function lensFaces(lens: Intrinsics): LensFace[] {
  const directions = sampledDirections(lens);
  const isNarrow = directions.every((direction) => {
    const [u, v, depth] = seenFrom(cube[0]!.axes, direction);
    return depth > 0 && Math.max(Math.abs(u), Math.abs(v)) < widestView;
  });
  const focal = focalLength(lens);
  const sides = isNarrow ? cube.slice(0, 1) : cube;
  const nearest = directions.map((direction) => faceOf(sides, direction));
  return sides.flatMap(({ axes }, side) => {
    const points = directions.filter((_, index) => nearest[index] === side).map((d) => seenFrom(axes, d));
    if (points.length === 0) return [];
    const bounds = (k: 0 | 1): [number, number] => [
      Math.floor(focal * least(points.map((point) => point[k]))) - margin,
      Math.ceil(focal * -least(points.map((point) => -point[k]))) + margin,
    ];
    const [left, right] = bounds(0);
    const [top, bottom] = bounds(1);
    const size = { width: right - left, height: bottom - top };
    return [
      { axes, intrinsics: { model: 'OPENCV', ...size, fx: focal, fy: focal, cx: -left, cy: -top } as const },
    ];
  });
}

/** The camera of a face of `camera`'s lens. */
export function faceCamera({ axes, intrinsics }: LensFace, { cameraToWorld: m }: Camera): Camera {
  const turned = [0, 1, 2].flatMap((row) => {
    const ours: Vector3 = [m[4 * row]!, m[4 * row + 1]!, m[4 * row + 2]!];
    return [...axes.map((axis) => dot(ours, axis)), m[4 * row + 3]!];
  });
  return { ...intrinsics, cameraToWorld: turned };
}

/** Where a direction in the camera space of the lens lies in a face; undefined behind it. */
export function placeInFace({ axes, intrinsics }: LensFace, direction: Vector3): ImagePoint | undefined {
  const [u, v, depth] = seenFrom(axes, direction);
  if (depth <= 0) return undefined;
  return { column: intrinsics.fx * u + intrinsics.cx, row: intrinsics.fy * v + intrinsics.cy };
}

/** Which of the faces a direction is looked up in: the one whose axis is nearest. */
export function faceOf(faces: readonly Pick<LensFace, 'axes'>[], direction: Vector3): number {
  let [best, most] = [0, Number.NEGATIVE_INFINITY];
  faces.forEach(({ axes }, index) => {
    const along = -dot(axes[2], direction);
    if (along > most) [best, most] = [index, along];
  });
  return best;
}

/** The direction, in the camera space of the lens, that a point of a face shows; of any length. */
export function faceDirection({ axes, intrinsics }: LensFace, { column, row }: ImagePoint): Vector3 {
  const [right, up, back] = axes;
  const { fx, fy, cx, cy } = intrinsics;
  return addScaled(addScaled(minus(back), right, (column - cx) / fx), up, -(row - cy) / fy);
}

/**
 * Finds the point of the photo that shows a direction: for panoramas by their formula, else by Newton's method on `pointDirection`, from where the search before
 * ended or, without success, from the nearest of a few points.
 * @returns a function of a direction of any length; undefined for one that the lens does not show, as far as the photo would go on
 */
export function photoPlaces(lens: Intrinsics): (direction: Vector3) => ImagePoint | undefined {
  if (lens.model === 'EQUIRECTANGULAR') return (direction) => placeOnPanorama(lens, normalize(direction));
  const starts = gridOf(lens, startsOfSide).map((point) => ({ point, direction: directionAt(lens, point) }));
  let last: ImagePoint | undefined;
  return (direction) => {
    const target = normalize(direction);
    const found = last && search(lens, target, last);
    if (found) {
      last = found;
      return found;
    }
    const nearest = starts.reduce((a, b) => (dot(b.direction, target) > dot(a.direction, target) ? b : a));
    last = search(lens, target, nearest.point);
    return last;
  };
}

const startsOfSide = 16;
const mostSteps = 12;
/** Pixels. */
const exactEnough = 1e-3;
const difference = 0.25;

function search(lens: Intrinsics, target: Vector3, from: ImagePoint): ImagePoint | undefined {
  const aside = Math.abs(target[0]) < 0.7 ? x : y;
  const first = normalize(cross(target, aside));
  const second = cross(target, first);
  /** Zero where the point shows the target; undefined more than 80 degrees from it. */
  const missed = (column: number, row: number): readonly [number, number] | undefined => {
    const direction = directionAt(lens, { column, row });
    const along = dot(direction, target);
    return along < 0.17 ? undefined : [dot(direction, first) / along, dot(direction, second) / along];
  };
  let { column, row } = from;
  for (let step = 0; step < mostSteps; step++) {
    const here = missed(column, row);
    const right = missed(column + difference, row);
    const below = missed(column, row + difference);
    if (!here || !right || !below) return undefined;
    const [a, b] = [(right[0] - here[0]) / difference, (below[0] - here[0]) / difference];
    const [c, d] = [(right[1] - here[1]) / difference, (below[1] - here[1]) / difference];
    const determinant = a * d - b * c;
    const [across, down] = [
      (d * here[0] - b * here[1]) / determinant,
      (a * here[1] - c * here[0]) / determinant,
    ];
    if (!Number.isFinite(across + down)) return undefined;
    [column, row] = [column - across, row - down];
    if (Math.hypot(across, down) < exactEnough) return { column, row };
  }
  return undefined;
}

function placeOnPanorama({ fx, fy, cx, cy }: Intrinsics, [dx, dy, dz]: Vector3): ImagePoint {
  const longitude = Math.atan2(dx, -dz);
  const polar = Math.acos(Math.max(-1, Math.min(1, dy)));
  return { column: cx + (fx * longitude) / Math.PI, row: cy + fy * (polar / Math.PI - 0.5) };
}

/** Unit length. */
function directionAt(lens: Intrinsics, { column, row }: ImagePoint): Vector3 {
  const out = new Float64Array(3);
  pointDirection(lens, column, row, out);
  return normalize([out[0]!, out[1]!, out[2]!]);
}

/** Right, down and ahead of the view with these axes; right and down as multiples of ahead. */
function seenFrom([right, up, back]: LensFace['axes'], direction: Vector3): [number, number, number] {
  const depth = -dot(back, direction);
  return [dot(right, direction) / depth, -dot(up, direction) / depth, depth];
}

/** Of a pinhole whose pixels in the middle are as large as those about the lens's axis. */
function focalLength(lens: Intrinsics): number {
  const middle = { column: lens.cx, row: lens.cy };
  const here = directionAt(lens, middle);
  const spacing = (point: ImagePoint) =>
    Math.acos(Math.min(1, dot(here, directionAt(lens, point)))) / pixelsApart;
  const across = spacing({ ...middle, column: middle.column + pixelsApart });
  const down = spacing({ ...middle, row: middle.row + pixelsApart });
  return 1 / Math.min(across, down);
}

/** Far enough for the angle between two directions to be exact. */
const pixelsApart = 4;

function sampledDirections(lens: Intrinsics): Vector3[] {
  return gridOf(lens, Math.ceil(Math.max(lens.width, lens.height) / lookEvery)).map((point) =>
    directionAt(lens, point),
  );
}

/** Centres of pixels, so many on each side at most, the outermost ones among them. */
function gridOf({ width, height }: Intrinsics, most: number): ImagePoint[] {
  const along = (side: number) => {
    const count = Math.min(side, Math.max(2, most));
    return Array.from({ length: count }, (_, k) => 0.5 + (count > 1 ? (k * (side - 1)) / (count - 1) : 0));
  };
  const columns = along(width);
  return along(height).flatMap((row) => columns.map((column) => ({ column, row })));
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
