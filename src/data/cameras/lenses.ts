/**
 * Lens models beyond OpenCV's two, by COLMAP's names: from a point of the image to the direction that it shows.
 * Source: `sensor/models.h` of COLMAP 4.2.
 */

/** Numbers of the lens, in COLMAP's order, without focal lengths and principal point. */
export type LensParameters = readonly number[];

/** x, y: the image point, (column - cx) / fx and (row - cy) / fy. Writes the direction (OpenCV's axes: y down, looks along +z), of any length. */
type Unproject = (
  x: number,
  y: number,
  lens: LensParameters,
  out: Float64Array | Float32Array,
  at: number,
) => void;

/** Where a lens shows what it would show at (x, y) without distortion. */
type Distort = (x: number, y: number, lens: LensParameters) => readonly [number, number];

export const lenses = {
  FULL_OPENCV: {
    parameters: ['k1', 'k2', 'p1', 'p2', 'k3', 'k4', 'k5', 'k6'],
    unproject: onPlane(distortRational),
  },
  FOV: { parameters: ['omega'], unproject: unprojectFov },
  THIN_PRISM_FISHEYE: {
    parameters: ['k1', 'k2', 'p1', 'p2', 'k3', 'k4', 'sx1', 'sy1'],
    unproject: onFisheye(distortThinPrism),
  },
  RAD_TAN_THIN_PRISM_FISHEYE: {
    parameters: ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'p0', 'p1', 's0', 's1', 's2', 's3'],
    unproject: onFisheye(distortRadTanThinPrism),
  },
  DIVISION: { parameters: ['k'], unproject: unprojectDivision },
  EUCM: { parameters: ['alpha', 'beta'], unproject: unprojectEucm },
} as const satisfies Record<
  string,
  { readonly parameters: readonly string[]; readonly unproject: Unproject }
>;

export type LensModel = keyof typeof lenses;
export const lensModels = Object.keys(lenses) as LensModel[];

export function isLensModel(name: string): name is LensModel {
  return Object.hasOwn(lenses, name);
}

/** The distance from the axis grows with the tangent of omega times that of the image (Devernay and Faugeras 2001). */
function unprojectFov(...[x, y, [omega = 0], out, at]: Parameters<Unproject>): void {
  const radius = Math.hypot(x, y);
  const half = Math.tan(omega / 2);
  const straight = Math.abs(omega) < 1e-9 || radius < 1e-12;
  const factor = straight ? omega / (2 * half) || 1 : Math.sin(radius * omega) / (radius * 2 * half);
  write(out, at, x * factor, y * factor, straight ? 1 : Math.cos(radius * omega));
}

/** Fitzgibbon 2001. */
function unprojectDivision(...[x, y, [k = 0], out, at]: Parameters<Unproject>): void {
  write(out, at, x, y, 1 + k * (x * x + y * y));
}

/** The enhanced unified camera model (Khomutenko et al. 2016). Beyond what the lens can show, the direction at its border. */
function unprojectEucm(...[x, y, [alpha = 0, beta = 1], out, at]: Parameters<Unproject>): void {
  const square = beta * (x * x + y * y);
  const root = Math.sqrt(Math.max(0, 1 - (2 * alpha - 1) * square));
  write(out, at, x, y, (1 - alpha * alpha * square) / (alpha * root + 1 - alpha));
}

function distortRational(...[x, y, lens]: Parameters<Distort>): [number, number] {
  const [k1 = 0, k2 = 0, p1 = 0, p2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0] = lens;
  const r = x * x + y * y;
  const radial = (1 + r * (k1 + r * (k2 + r * k3))) / (1 + r * (k4 + r * (k5 + r * k6)));
  return tangential(x, y, radial, p1, p2);
}

function distortThinPrism(...[x, y, lens]: Parameters<Distort>): [number, number] {
  const [k1 = 0, k2 = 0, p1 = 0, p2 = 0, k3 = 0, k4 = 0, sx1 = 0, sy1 = 0] = lens;
  const r = x * x + y * y;
  const [xd, yd] = tangential(x, y, 1 + r * (k1 + r * (k2 + r * (k3 + r * k4))), p1, p2);
  return [xd + sx1 * r, yd + sy1 * r];
}

function distortRadTanThinPrism(...[x, y, lens]: Parameters<Distort>): [number, number] {
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0, k4 = 0, k5 = 0, p0 = 0, p1 = 0, s0 = 0, s1 = 0, s2 = 0, s3 = 0] =
    lens;
  const t = x * x + y * y;
  const radial = 1 + t * (k0 + t * (k1 + t * (k2 + t * (k3 + t * (k4 + t * k5)))));
  const [u, v] = [x * radial, y * radial];
  const r = u * u + v * v;
  // Its p0 goes with x, where OpenCV has p2.
  const [ud, vd] = tangential(u, v, 1, p1, p0);
  return [ud + r * (s0 + s1 * r), vd + r * (s2 + s3 * r)];
}

function tangential(x: number, y: number, radial: number, p1: number, p2: number): [number, number] {
  const r = x * x + y * y;
  return [
    x * radial + 2 * p1 * x * y + p2 * (r + 2 * x * x),
    y * radial + 2 * p2 * x * y + p1 * (r + 2 * y * y),
  ];
}

/** Distortion that acts on the plane z = 1. */
function onPlane(distort: Distort): Unproject {
  return (x, y, lens, out, at) => {
    const [u, v] = invert(distort, x, y, lens);
    write(out, at, u, v, 1);
  };
}

/** Distortion that acts on an equidistant fisheye, whose distance from the axis is the angle. */
function onFisheye(distort: Distort): Unproject {
  return (x, y, lens, out, at) => {
    const [u, v] = invert(distort, x, y, lens);
    const angle = Math.min(Math.hypot(u, v), Math.PI);
    const factor = angle === 0 ? 1 : Math.sin(angle) / angle;
    write(out, at, u * factor, v * factor, Math.cos(angle));
  };
}

const newtonSteps = 25;
const differenceStep = 1e-7;

/** The point whose distorted image is (xd, yd): Newton steps with derivatives by differences, from (xd, yd) on. */
function invert(distort: Distort, xd: number, yd: number, lens: LensParameters): [number, number] {
  let [x, y] = [xd, yd];
  for (let step = 0; step < newtonSteps; step++) {
    const [fx, fy] = distort(x, y, lens);
    const [ax, ay] = distort(x + differenceStep, y, lens);
    const [bx, by] = distort(x, y + differenceStep, lens);
    const [xx, yx] = [(ax - fx) / differenceStep, (ay - fy) / differenceStep];
    const [xy, yy] = [(bx - fx) / differenceStep, (by - fy) / differenceStep];
    const determinant = xx * yy - xy * yx;
    // Where the lens folds the picture over, no step leads on.
    if (!(Math.abs(determinant) > 1e-6)) break;
    const dx = ((fx - xd) * yy - (fy - yd) * xy) / determinant;
    const dy = ((fy - yd) * xx - (fx - xd) * yx) / determinant;
    x -= dx;
    y -= dy;
    if (Math.abs(dx) + Math.abs(dy) < 1e-12) break;
  }
  return [x, y];
}

function write(out: Float64Array | Float32Array, at: number, x: number, y: number, z: number): void {
  out[at] = x;
  out[at + 1] = y;
  out[at + 2] = z;
}
