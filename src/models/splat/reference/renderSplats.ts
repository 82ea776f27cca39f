/**
 * The reference of the splat kernels: every pixel goes through every splat, in float64, as the formulas stand in the papers
 * (Zwicker et al. 2001; Kerbl et al. 2023). Written apart from the kernels, so that the two hold each other.
 */
import { distort } from '../photoPixel.ts';
import type { SplatView } from '../splatView.ts';

/** Splats, row by row. */
export interface Splats {
  /** [n, 3] in the model's coordinates. */
  readonly means: ArrayLike<number>;
  /** [n, 3] logarithms of the standard deviations along the splat's own axes. */
  readonly scales: ArrayLike<number>;
  /** [n, 4] quaternions w, x, y, z of any length > 0. */
  readonly rotations: ArrayLike<number>;
  /** [n] logits. */
  readonly opacities: ArrayLike<number>;
  /** [n, 3] coefficients of the constant harmonic; colour = 0.5 + 0.2821 times it. */
  readonly colors: ArrayLike<number>;
  /** [n, terms, 3] coefficients of the harmonics from degree 1 on. */
  readonly harmonics: ArrayLike<number>;
}

export interface ReferenceSettings {
  readonly degree: number;
  /** Numbers in a row of `harmonics`. */
  readonly harmonicsWidth: number;
  readonly background: readonly number[];
  readonly near: number;
  readonly cutoff: number;
  /** Variance in pixels² that is added to each splat. */
  readonly blur: number;
  /** Of the photo: colour = gain * colour + bias. */
  readonly light?: { readonly gain: readonly number[]; readonly bias: readonly number[] };
}

/** A splat in the picture. */
export interface ProjectedSplat {
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  /** Covariance [xx, xy, yy] in pixels², blur included. */
  readonly covariance: readonly [number, number, number];
  readonly opacity: number;
  /** At least 0, then in the photo's light. */
  readonly color: readonly number[];
  /** From the camera to the centre. */
  readonly distance: number;
  /** Change of the mean distance, given the pixel, by x and by y. */
  readonly slopes: readonly [number, number];
  /** The shortest axis, turned to the camera. */
  readonly normal: readonly number[];
}

const allRows = ({ height }: SplatView) => Array.from({ length: height }, (_, row) => row);

/** [rows.length, width, 3]: the picture's rows `rows`. */
export function renderSplats(
  splats: Splats,
  view: SplatView,
  settings: ReferenceSettings,
  rows: readonly number[] = allRows(view),
): Float64Array {
  const visible = visibleSplats(splats, view, settings);
  const picture = new Float64Array(rows.length * view.width * 3);
  rows.forEach((row, line) => {
    for (let column = 0; column < view.width; column++) {
      const at = (line * view.width + column) * 3;
      const { sums, light } = blendAt(visible, column + 0.5, row + 0.5, settings, ({ color }) => color);
      picture.set(
        settings.background.map((value, channel) => sums[channel]! + light * value),
        at,
      );
    }
  });
  return picture;
}

/**
 * What each pixel shows of the splats' surfaces, [height, width, 6]: mean distance, mean normal (no unit vector), 1 - light that is left; and the mean
 * distance of the first third of the light.
 */
export function renderSurfaces(splats: Splats, view: SplatView, settings: ReferenceSettings): Float64Array {
  const visible = visibleSplats(splats, view, settings);
  const surfaces = new Float64Array(view.height * view.width * 6);
  for (const row of allRows(view))
    for (let column = 0; column < view.width; column++) {
      const [x, y] = [column + 0.5, row + 0.5];
      const distanceOf = ({ distance, slopes }: ProjectedSplat, dx: number, dy: number) =>
        distance + slopes[0] * dx + slopes[1] * dy;
      const { sums, light } = blendAt(visible, x, y, settings, (splat, dx, dy) => [
        distanceOf(splat, dx, dy),
        ...splat.normal,
      ]);
      const means = [0, 1, 2, 3].map((k) => (light < 1 ? (sums[k] ?? 0) / (1 - light) : 0));
      const front = blendAt(visible, x, y, settings, (...at) => [distanceOf(...at)], 1 / 3);
      const nearest = light < 1 ? front.sums[0]! / Math.min(1 / 3, 1 - light) : 0;
      surfaces.set([...means, 1 - light, nearest], (row * view.width + column) * 6);
    }
  return surfaces;
}

/** Those before the camera, nearest first. */
function visibleSplats(splats: Splats, view: SplatView, settings: ReferenceSettings): ProjectedSplat[] {
  return Array.from({ length: splats.opacities.length }, (_, index) =>
    projectSplat(splats, index, view, settings),
  )
    .filter((splat) => splat.depth > settings.near)
    .sort((a, b) => a.depth - b.depth);
}

/** Sums of what the splats have at the pixel, by how much each is seen of the first `share` of the light, and the light that is left behind them. */
function blendAt(
  visible: readonly ProjectedSplat[],
  x: number,
  y: number,
  { cutoff }: ReferenceSettings,
  valuesOf: (splat: ProjectedSplat, dx: number, dy: number) => readonly number[],
  share = 1,
): { readonly sums: readonly number[]; readonly light: number } {
  const sums: number[] = [0, 0, 0];
  let light = 1;
  for (const splat of visible) {
    const [xx, xy, yy] = splat.covariance;
    const [dx, dy] = [x - splat.x, y - splat.y];
    const distance = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / (xx * yy - xy * xy);
    const alpha = Math.min(0.99, splat.opacity) * Math.exp(-distance / 2);
    if (alpha < cutoff) continue;
    const counted = Math.max(0, Math.min(light * alpha, light - (1 - share)));
    valuesOf(splat, dx, dy).forEach((value, k) => {
      sums[k] = (sums[k] ?? 0) + counted * value;
    });
    light *= 1 - alpha;
  }
  return { sums, light };
}

/** Centre through the lens, covariance by the Jacobian of the projection at the centre. */
export function projectSplat(
  splats: Splats,
  index: number,
  view: SplatView,
  { degree, harmonicsWidth, blur, light }: Omit<ReferenceSettings, 'background' | 'near' | 'cutoff'>,
): ProjectedSplat {
  const mean = rowOf(splats.means, index, 3);
  const toCamera = [
    [view.r00, view.r01, view.r02],
    [view.r10, view.r11, view.r12],
    [view.r20, view.r21, view.r22],
  ];
  const offset = [view.t0, view.t1, view.t2];
  const [x, y, z] = toCamera.map((row, k) => dot(row, mean) + offset[k]!) as [number, number, number];
  const [u, v] = [x / z, y / z];
  const [atU, atV] = [clamp(u, view.leastU, view.mostU), clamp(v, view.leastV, view.mostV)];
  const lens = lensAt(view, atU, atV);
  const [a, b, c] = lens.jacobian;
  // d (pixels) / d (camera): the lens's Jacobian times that of (x / z, y / z).
  const flat = [
    [1 / z, 0, -atU / z],
    [0, 1 / z, -atV / z],
  ];
  const jacobian = [
    flat[0]!.map((value, k) => view.fx * (a * value + b * flat[1]![k]!)),
    flat[0]!.map((value, k) => view.fy * (b * value + c * flat[1]![k]!)),
  ];
  const axes = rotationMatrix(rowOf(splats.rotations, index, 4));
  const scales = rowOf(splats.scales, index, 3).map(Math.exp);
  // T = J W R S; the covariance is T Tᵀ.
  const [t0, t1] = jacobian.map((row) => {
    const world = [0, 1, 2].map((k) => row.reduce((sum, value, j) => sum + value * toCamera[j]![k]!, 0));
    return scales.map(
      (scale, axis) => scale * world.reduce((sum, value, k) => sum + value * axes[k]![axis]!, 0),
    );
  }) as [number[], number[]];
  return {
    x: view.fx * (lens.u + a * (u - atU) + b * (v - atV)) + view.cx,
    y: view.fy * (lens.v + b * (u - atU) + c * (v - atV)) + view.cy,
    depth: z,
    covariance: [dot(t0, t0) + blur, dot(t0, t1), dot(t1, t1) + blur],
    opacity: 1 / (1 + Math.exp(-splats.opacities[index]!)),
    color: inLight(colorOf(splats, index, mean, view, degree, harmonicsWidth), light),
    ...surfaceOf(view, mean, axes, scales, [t0, t1], blur),
  };
}

/** Conditional mean of a Gaussian (Bishop 2006, 2.81) in ray space: distance, given the pixel. */
function surfaceOf(
  view: SplatView,
  mean: readonly number[],
  axes: readonly (readonly number[])[],
  scales: readonly number[],
  [t0, t1]: readonly [readonly number[], readonly number[]],
  blur: number,
): Pick<ProjectedSplat, 'distance' | 'slopes' | 'normal'> {
  const away = [mean[0]! - view.positionX, mean[1]! - view.positionY, mean[2]! - view.positionZ];
  const distance = Math.hypot(...away);
  const along = (axis: number) =>
    dot(
      [0, 1, 2].map((k) => axes[k]![axis]!),
      away,
    ) / distance;
  const t2 = scales.map((scale, axis) => scale * along(axis));
  const [xx, xy, yy] = [dot(t0, t0) + blur, dot(t0, t1), dot(t1, t1) + blur];
  const [withX, withY, determinant] = [dot(t2, t0), dot(t2, t1), xx * yy - xy * xy];
  const shortest = scales.indexOf(Math.min(...scales));
  return {
    distance,
    slopes: [(withX * yy - withY * xy) / determinant, (withY * xx - withX * xy) / determinant],
    normal: axes.map((row) => (along(shortest) > 0 ? -row[shortest]! : row[shortest]!)),
  };
}

/** The distorted point, and its symmetric Jacobian [du'/du, du'/dv, dv'/dv], by central differences of the lens. */
function lensAt(view: SplatView, u: number, v: number) {
  const [du, dv] = [distort(view, u + lensStep, v), distort(view, u, v + lensStep)];
  const [eu, ev] = [distort(view, u - lensStep, v), distort(view, u, v - lensStep)];
  const jacobian = [du[0] - eu[0], dv[0] - ev[0], dv[1] - ev[1]].map((value) => value / (2 * lensStep));
  const [distortedU, distortedV] = distort(view, u, v);
  return { u: distortedU, v: distortedV, jacobian: jacobian as [number, number, number] };
}

const lensStep = 1e-5;

function colorOf(
  splats: Splats,
  index: number,
  mean: readonly number[],
  view: SplatView,
  degree: number,
  width: number,
): number[] {
  const away = [mean[0]! - view.positionX, mean[1]! - view.positionY, mean[2]! - view.positionZ];
  const length = Math.hypot(...away);
  const basis = harmonicsOf(...(away.map((value) => value / length) as [number, number, number]));
  const terms = (degree + 1) ** 2;
  return [0, 1, 2].map((channel) => {
    let color = 0.5 + basis[0]! * splats.colors[index * 3 + channel]!;
    for (let term = 1; term < terms; term++)
      color += basis[term]! * splats.harmonics[index * width + (term - 1) * 3 + channel]!;
    return Math.max(0, color);
  });
}

function inLight(color: readonly number[], light: ReferenceSettings['light']): readonly number[] {
  return light ? color.map((value, channel) => light.gain[channel]! * value + light.bias[channel]!) : color;
}

/** Real spherical harmonics of degree 0 to 3 with the signs that INRIA's code gave them; constants from their definition. */
export function harmonicsOf(x: number, y: number, z: number): number[] {
  const root = (value: number) => Math.sqrt(value / Math.PI);
  return [
    root(1 / 4),
    -root(3 / 4) * y,
    root(3 / 4) * z,
    -root(3 / 4) * x,
    root(15 / 4) * x * y,
    -root(15 / 4) * y * z,
    root(5 / 16) * (2 * z * z - x * x - y * y),
    -root(15 / 4) * x * z,
    root(15 / 16) * (x * x - y * y),
    -root(35 / 32) * y * (3 * x * x - y * y),
    root(105 / 4) * x * y * z,
    -root(21 / 32) * y * (4 * z * z - x * x - y * y),
    root(7 / 16) * z * (2 * z * z - 3 * x * x - 3 * y * y),
    -root(21 / 32) * x * (4 * z * z - x * x - y * y),
    root(105 / 16) * z * (x * x - y * y),
    -root(35 / 32) * x * (x * x - 3 * y * y),
  ];
}

function rotationMatrix(quaternion: readonly number[]): number[][] {
  const length = Math.hypot(...quaternion);
  const [w, x, y, z] = quaternion.map((value) => value / length) as [number, number, number, number];
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

function rowOf(values: ArrayLike<number>, index: number, width: number): number[] {
  return Array.from({ length: width }, (_, k) => values[index * width + k]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
