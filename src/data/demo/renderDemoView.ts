/** Takes pictures of the demo's objects: soft shadows, light from the sky, highlights that move with the viewer. */
import type { Camera } from '../cameras/camera.ts';
import { pointDirection } from '../cameras/cameraDirections.ts';
import type { Image } from '../image.ts';
import { addScaled, cross, normalize, type Vector3 } from '../vector3.ts';
import type { DemoObject } from './demoObjects.ts';
import { createRayTracer, type RayTracer } from './rayTracer.ts';

/**
 * Samples of a pixel, one in each of as many columns and rows (`rowOf` a column); each of them looks at its own point of the light.
 */
const samples = 6;
const rowOf = [2, 5, 0, 3, 1, 4] as const;

/** Towards the middle of the main light, and the light's radius at distance 1. */
const toLight = normalize([0.5, -0.35, 0.78]);
const lightRadius = 0.09;
const lightColor: Vector3 = [2.1, 1.95, 1.7];
const skyColor: Vector3 = [0.42, 0.5, 0.62];
const groundColor: Vector3 = [0.26, 0.2, 0.15];

/** Shadow rays start this far from the surface. */
const liftOff = 2e-3;

/** The picture that `camera` takes: RGBA with straight alpha, transparent where nothing is. Deterministic. */
export function renderDemoView(objects: readonly DemoObject[], camera: Camera): Image {
  const tracer = createRayTracer(objects);
  const lights = lightDirections();
  const rayThrough = createRays(camera);
  const { width, height } = camera;
  const corners = coveredCorners(tracer, rayThrough, width, height);
  const data = new Uint8Array(width * height * 4);
  const color = new Float64Array(3);
  /** Light of the samples that hit something, summed; their number. */
  const light = new Float64Array(4);
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) {
      const corner = pixel + row;
      const below = corner + width + 1;
      // Nothing in the scene is so small that it fits between the corners of a pixel.
      if (!(corners[corner] || corners[corner + 1] || corners[below] || corners[below + 1])) continue;
      light.fill(0);
      for (let sample = 0; sample < samples; sample++) {
        const ray = rayThrough(column + (sample + 0.5) / samples, row + (rowOf[sample]! + 0.5) / samples);
        addLight(tracer, ray, lights[sample]!, color, light);
      }
      const hits = light[3]!;
      if (hits === 0) continue;
      for (let channel = 0; channel < 3; channel++)
        data[pixel * 4 + channel] = Math.round(toSrgb(light[channel]! / hits) * 255);
      data[pixel * 4 + 3] = Math.round((hits / samples) * 255);
    }
  return { width, height, channels: 4, data };
}

/** Gives the ray [6] through an image point; always the same array. */
function createRays(camera: Camera): (column: number, row: number) => Float64Array {
  const { cameraToWorld: m } = camera;
  const ray = new Float64Array(6);
  const direction = new Float64Array(3);
  return (column, row) => {
    pointDirection(camera, column, row, direction);
    const x = direction[0]!;
    const y = direction[1]!;
    const z = direction[2]!;
    const scale = 1 / Math.sqrt(x * x + y * y + z * z);
    for (let axis = 0; axis < 3; axis++) {
      ray[axis] = m[axis * 4 + 3]!;
      ray[axis + 3] = scale * (m[axis * 4]! * x + m[axis * 4 + 1]! * y + m[axis * 4 + 2]! * z);
    }
    return ray;
  };
}

/** [height + 1, width + 1]: 1 where the corner of four pixels sees something. */
function coveredCorners(
  tracer: RayTracer,
  rayThrough: (column: number, row: number) => Float64Array,
  width: number,
  height: number,
): Uint8Array {
  const corners = new Uint8Array((width + 1) * (height + 1));
  for (let row = 0, corner = 0; row <= height; row++)
    for (let column = 0; column <= width; column++, corner++)
      corners[corner] = tracer.occluded(rayThrough(column, row)) ? 1 : 0;
  return corners;
}

/** Unit directions to points of the light, one for each sample of a pixel: a spiral that fills its disc evenly. */
function lightDirections(): Vector3[] {
  const side = normalize(cross(toLight, [0, 0, 1]));
  const up = cross(side, toLight);
  return Array.from({ length: samples }, (_, index) => {
    const radius = lightRadius * Math.sqrt((index + 0.5) / samples);
    const angle = index * Math.PI * (3 - Math.sqrt(5));
    return normalize(
      addScaled(addScaled(toLight, side, radius * Math.cos(angle)), up, radius * Math.sin(angle)),
    );
  });
}

/** Adds what comes along `ray` to `light` [4]: linear light, and 1 if it comes from an object at all. `ray` and `color` [3] are overwritten. */
function addLight(
  tracer: RayTracer,
  ray: Float64Array,
  toSource: Vector3,
  color: Float64Array,
  light: Float64Array,
): void {
  const { object, point, surface } = tracer.trace(ray);
  if (object === undefined) return;
  const nx = surface[0]!;
  const ny = surface[1]!;
  const nz = surface[2]!;
  const distance = surface[3]!;
  const sx = toSource[0];
  const sy = toSource[1];
  const sz = toSource[2];
  // Blinn-Phong: the highlight stands where the normal halves the angle between light and viewer.
  const hx = sx - ray[3]!;
  const hy = sy - ray[4]!;
  const hz = sz - ray[5]!;
  const halving = (nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
  const facing = nx * sx + ny * sy + nz * sz;

  object.paint(point, color);
  for (let axis = 0; axis < 3; axis++) {
    ray[axis]! += distance * ray[axis + 3]! + liftOff * surface[axis]!;
    ray[axis + 3] = toSource[axis]!;
  }
  const lit = facing > 0 && !tracer.occluded(ray);
  const highlight = lit && halving > 0 ? object.gloss * halving ** object.shininess : 0;
  const sky = 0.5 + 0.5 * nz;
  for (let channel = 0; channel < 3; channel++) {
    const ambient = groundColor[channel]! + (skyColor[channel]! - groundColor[channel]!) * sky;
    const diffuse = lit ? lightColor[channel]! * facing : 0;
    light[channel]! += color[channel]! * (ambient + diffuse) + highlight;
  }
  light[3]! += 1;
}

/** A soft shoulder for bright light, then the sRGB gamma, roughly. */
function toSrgb(linear: number): number {
  return (1 - Math.exp(-1.3 * linear)) ** (1 / 2.2);
}
