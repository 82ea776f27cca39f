/**
 * Eigenvectors of a symmetric 3x3 matrix. An eigenvector's sign is arbitrary; this follows LAPACK's `ssyevd` (one
 * Householder reflection, then implicitly shifted QL or QR) as Intel's library has it, so that it comes out as
 * torch.linalg.eigh's does.
 */

const float32Epsilon = 2 ** -24;

/** Eigenvalues in ascending order and, in the columns of the row-major [3, 3] `vectors`, their unit eigenvectors. */
export interface Eigen3 {
  readonly values: readonly number[];
  readonly vectors: readonly number[];
}

/**
 * Diagonalizes `matrix`, [3, 3] row-major, of which only the lower triangle is read.
 * Source: LAPACK `ssytd2`, `ssteqr` (Anderson et al., LAPACK Users' Guide).
 */
export function symmetricEigen3(matrix: readonly number[]): Eigen3 {
  const { diagonal, offDiagonal, reflection } = tridiagonalize(matrix);
  const rotations = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  diagonalize(diagonal, offDiagonal, rotations);
  const vectors = multiply(reflection, rotations);
  const order = [0, 1, 2].sort((a, b) => diagonal[a]! - diagonal[b]!);
  return {
    values: order.map((column) => diagonal[column]!),
    vectors: [0, 1, 2].flatMap((row) => order.map((column) => vectors[row * 3 + column]!)),
  };
}

/** One reflection H with H A H tridiagonal. */
function tridiagonalize(matrix: readonly number[]) {
  const [a00 = 0, , , a10 = 0, a11 = 0, , a20 = 0, a21 = 0, a22 = 0] = matrix;
  const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  if (a20 === 0) return { diagonal: [a00, a11, a22], offDiagonal: [a10, a21], reflection: identity };
  const beta = -Math.hypot(a10, a20) * (a10 < 0 || Object.is(a10, -0) ? -1 : 1);
  const tau = (beta - a10) / beta;
  const v = a20 / (a10 - beta);
  const x1 = tau * (a11 + a21 * v);
  const x2 = tau * (a21 + a22 * v);
  const half = -0.5 * tau * (x1 + x2 * v);
  const w1 = x1 + half;
  const w2 = x2 + half * v;
  return {
    diagonal: [a00, a11 - 2 * w1, a22 - 2 * v * w2],
    offDiagonal: [beta, a21 - v * w1 - w2],
    reflection: [1, 0, 0, 0, 1 - tau, -tau * v, 0, -tau * v, 1 - tau * v * v],
  };
}

/** Turns the tridiagonal matrix (d, e) into a diagonal one in place; `z` [3, 3] collects the rotations. */
function diagonalize(d: number[], e: number[], z: number[]): void {
  let begin = 0;
  while (begin < 3) {
    if (begin > 0) e[begin - 1] = 0;
    let end = begin;
    while (end < 2 && !negligible(d, e, end)) end++;
    if (end < 2) e[end] = 0;
    // From the end that is smaller in magnitude, as LAPACK does.
    if (end > begin) sweep(d, e, z, begin, end, Math.abs(d[end]!) < Math.abs(d[begin]!));
    begin = end + 1;
  }
}

function negligible(d: readonly number[], e: readonly number[], index: number): boolean {
  const square = e[index]! ** 2;
  return square <= float32Epsilon ** 2 * Math.abs(d[index]!) * Math.abs(d[index + 1]!) + 1e-38;
}

/**
 * QL (from `begin` down to `end`) or, `reversed`, QR iterations. Both are one algorithm, mirrored: `at` maps the QL
 * view's row to the matrix's row, `off` its off-diagonal.
 */
function sweep(d: number[], e: number[], z: number[], begin: number, end: number, reversed: boolean): void {
  const at = (index: number) => (reversed ? begin + end - index : index);
  const off = (index: number) => (reversed ? begin + end - index - 1 : index);
  let l = begin;
  for (let iteration = 0; l <= end && iteration < 90; ) {
    let m = l;
    while (m < end && !negligible(d, e, off(m))) m++;
    if (m < end) e[off(m)] = 0;
    if (m === l) l++;
    else if (m === l + 1) {
      solve2(d, e, z, Math.min(at(l), at(m)));
      l += 2;
    } else {
      iteration++;
      implicitStep(d, e, z, l, m, at, off, reversed);
    }
  }
}

/** Diagonalizes the 2x2 block that begins at `row` (LAPACK `slaev2`). */
function solve2(d: number[], e: number[], z: number[], row: number): void {
  const a = d[row]!;
  const b = e[row]!;
  const c = d[row + 1]!;
  const sum = a + c;
  const difference = a - c;
  const root = Math.hypot(difference, 2 * b);
  const larger = sum < 0 ? 0.5 * (sum - root) : 0.5 * (sum + root);
  const smaller =
    sum === 0
      ? -0.5 * root
      : ((Math.abs(a) > Math.abs(c) ? a : c) / larger) * (Math.abs(a) > Math.abs(c) ? c : a) -
        (b / larger) * b;
  const signOfSum = sum < 0 ? -1 : 1;
  const signOfDifference = difference >= 0 ? 1 : -1;
  const cs = difference + signOfDifference * root;
  let cosine: number;
  let sine: number;
  if (Math.abs(cs) > Math.abs(2 * b)) {
    const cotangent = (-2 * b) / cs;
    sine = 1 / Math.sqrt(1 + cotangent * cotangent);
    cosine = cotangent * sine;
  } else if (b === 0) {
    cosine = 1;
    sine = 0;
  } else {
    const tangent = -cs / (2 * b);
    cosine = 1 / Math.sqrt(1 + tangent * tangent);
    sine = tangent * cosine;
  }
  if (signOfSum === signOfDifference) [cosine, sine] = [-sine, cosine];
  rotate(z, row, cosine, sine);
  d[row] = larger;
  d[row + 1] = smaller;
  e[row] = 0;
}

/** One implicitly shifted step on rows l..m. */
function implicitStep(
  d: number[],
  e: number[],
  z: number[],
  l: number,
  m: number,
  at: (index: number) => number,
  off: (index: number) => number,
  reversed: boolean,
): void {
  let p = d[at(l)]!;
  const slope = (d[at(l + 1)]! - p) / (2 * e[off(l)]!);
  const length = Math.hypot(slope, 1);
  let g = d[at(m)]! - p + e[off(l)]! / (slope + (slope < 0 ? -length : length));
  let sine = 1;
  let cosine = 1;
  p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[off(i)]!;
    const b = cosine * e[off(i)]!;
    const rotation = planeRotation(g, f);
    cosine = rotation.cosine;
    sine = rotation.sine;
    if (i !== m - 1) e[off(i + 1)] = rotation.radius;
    g = d[at(i + 1)]! - p;
    const r = (d[at(i)]! - g) * sine + 2 * cosine * b;
    p = sine * r;
    d[at(i + 1)] = g + p;
    g = cosine * r - b;
    rotate(z, off(i), cosine, reversed ? sine : -sine);
  }
  d[at(l)]! -= p;
  e[off(l)] = g;
}

/** cosine f + sine g = radius, -sine f + cosine g = 0, signs as in LAPACK `slartg` up to version 3.9. */
function planeRotation(f: number, g: number) {
  if (g === 0) return { cosine: 1, sine: 0, radius: f };
  if (f === 0) return { cosine: 0, sine: 1, radius: g };
  const length = Math.hypot(f, g);
  const flip = Math.abs(f) > Math.abs(g) && f < 0 ? -1 : 1;
  return { cosine: (flip * f) / length, sine: (flip * g) / length, radius: flip * length };
}

/** Rotates columns `column` and `column + 1` of the [3, 3] matrix `z`. */
function rotate(z: number[], column: number, cosine: number, sine: number): void {
  for (let row = 0; row < 3; row++) {
    const left = row * 3 + column;
    const value = z[left + 1]!;
    z[left + 1] = cosine * value - sine * z[left]!;
    z[left] = sine * value + cosine * z[left]!;
  }
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => [0, 1, 2].reduce((sum, k) => sum + a[row * 3 + k]! * b[k * 3 + column]!, 0)),
  );
}
