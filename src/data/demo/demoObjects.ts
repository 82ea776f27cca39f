/** The still life of `nerfstream demo`: what stands in it and how it is painted. */
import { cone, cylinder, roundedCube, type Shape, sphere, torus } from './shapes.ts';

/** Linear red, green, blue, 0..1, written to `color` [3] for `point` [3] of the surface, in the object's own coordinates. */
type Paint = (point: Float64Array, color: Float64Array) => void;

export interface DemoObject {
  readonly shape: Shape;
  readonly position: readonly [number, number, number];
  /** Radians about the x axis, then about the z axis. */
  readonly tilt: number;
  readonly turn: number;
  /** Radius of a ball around `position` that holds the whole shape. */
  readonly bound: number;
  readonly paint: Paint;
  /** Strength and sharpness of the highlight (Blinn-Phong). */
  readonly gloss: number;
  readonly shininess: number;
}

type Rgb = readonly [number, number, number];

/** Upper side of the table everything stands on. */
const floor = -0.6;

export function createDemoObjects(): DemoObject[] {
  const upright = { tilt: 0, turn: 0 };
  return [
    {
      ...upright,
      shape: cylinder(1.12, 0.06),
      position: [0, 0, floor - 0.06],
      bound: 1.13,
      paint: checkeredTable,
      gloss: 0.1,
      shininess: 20,
    },
    {
      ...upright,
      shape: sphere(0.42),
      position: [-0.12, 0.08, floor + 0.42],
      bound: 0.43,
      paint: planet,
      gloss: 0.45,
      shininess: 50,
    },
    {
      shape: torus(0.66, 0.055),
      position: [-0.12, 0.08, floor + 0.47],
      tilt: 0.42,
      turn: 0.5,
      bound: 0.73,
      paint: (p, color) => stripes(Math.atan2(p[1]!, p[0]!) * 6, gold, brass, 6, color),
      gloss: 0.8,
      shininess: 40,
    },
    {
      shape: roundedCube(0.22, 0.05),
      position: [0.62, -0.42, floor + 0.22],
      tilt: 0,
      turn: 0.6,
      bound: 0.39,
      paint: paintedCube,
      gloss: 0.35,
      shininess: 30,
    },
    {
      ...upright,
      shape: cylinder(0.12, 0.5),
      position: [0.42, 0.66, floor + 0.5],
      bound: 0.52,
      paint: (p, color) => stripes(Math.atan2(p[1]!, p[0]!) * 2 - p[2]! * 11, cream, teal, 4, color),
      gloss: 0.3,
      shininess: 30,
    },
    {
      ...upright,
      shape: sphere(0.19),
      position: [0.42, 0.66, floor + 1.17],
      bound: 0.2,
      paint: (_, color) => color.set(crimson),
      gloss: 1,
      shininess: 90,
    },
    {
      ...upright,
      shape: cone(0.24, 0.36),
      position: [-0.62, -0.62, floor + 0.36],
      bound: 0.44,
      paint: (p, color) => stripes(p[2]! * 18, leaf, moss, 2, color),
      gloss: 0.15,
      shininess: 15,
    },
    {
      ...upright,
      shape: sphere(0.13),
      position: [0.12, -0.72, floor + 0.13],
      bound: 0.14,
      paint: (p, color) => stripes((p[0]! + p[1]!) * 30 + p[2]! * 12, violet, rose, 2.5, color),
      gloss: 0.7,
      shininess: 60,
    },
  ];
}

const cream: Rgb = [0.82, 0.74, 0.58];
const walnut: Rgb = [0.2, 0.1, 0.055];
const gold: Rgb = [0.83, 0.55, 0.12];
const brass: Rgb = [0.5, 0.25, 0.05];
const teal: Rgb = [0.03, 0.3, 0.32];
const crimson: Rgb = [0.72, 0.03, 0.05];
const leaf: Rgb = [0.2, 0.5, 0.08];
const moss: Rgb = [0.05, 0.22, 0.06];
const violet: Rgb = [0.27, 0.1, 0.5];
const rose: Rgb = [0.85, 0.4, 0.45];
const ocean: Rgb = [0.03, 0.14, 0.42];
const sand: Rgb = [0.8, 0.6, 0.33];
const white: Rgb = [0.85, 0.85, 0.82];
const orange: Rgb = [0.85, 0.32, 0.04];

/** A board of squares on top, plain wood at the rim and below. */
function checkeredTable(point: Float64Array, color: Float64Array): void {
  const x = point[0]!;
  const y = point[1]!;
  const z = point[2]!;
  if (z < 0.059 || x * x + y * y > 1.06 ** 2) mix(walnut, brass, 0.25, color);
  else mix(walnut, cream, softStep(5 * Math.sin(x * 12.5) * Math.sin(y * 12.5)), color);
}

/** Wavy bands, as of a gas giant. */
function planet(point: Float64Array, color: Float64Array): void {
  const x = point[0]!;
  const y = point[1]!;
  const z = point[2]!;
  const band = Math.sin(z * 22 + 1.4 * Math.sin(Math.atan2(y, x) * 3 + z * 4));
  mix(ocean, sand, softStep(2.5 * band), color);
}

/** Each pair of sides in a colour of its own, with a round spot. */
function paintedCube(point: Float64Array, color: Float64Array): void {
  const x = point[0]!;
  const y = point[1]!;
  const z = point[2]!;
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const az = Math.abs(z);
  const largest = Math.max(ax, ay, az);
  const side = largest === az ? orange : largest === ax ? teal : violet;
  const fromMiddle = Math.sqrt(x * x + y * y + z * z - largest * largest);
  mix(side, white, softStep((0.11 - fromMiddle) * 60), color);
}

/** Two colours in turn along `phase` (radians); a larger `contrast` makes sharper edges. */
function stripes(phase: number, a: Rgb, b: Rgb, contrast: number, color: Float64Array): void {
  mix(a, b, softStep(contrast * Math.sin(phase)), color);
}

function mix(a: Rgb, b: Rgb, share: number, color: Float64Array): void {
  for (let channel = 0; channel < 3; channel++)
    color[channel] = a[channel]! + (b[channel]! - a[channel]!) * share;
}

/** 0 for very negative, 1/2 for 0, 1 for very positive values. */
function softStep(value: number): number {
  return 1 / (1 + Math.exp(-2 * value));
}
