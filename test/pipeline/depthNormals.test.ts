/** Normals of fields: of a ball on a floor whose distances are known exactly, by every kind of lens. */
import { describe, expect, it } from 'vitest';
import { addScaled, dot, normalize, type Vector3 } from '../../src/data/vector3.ts';
import { createRayBuffers, type RayBuffers } from '../../src/models/radianceModel.ts';
import { depthNormals } from '../../src/pipeline/depthNormals.ts';
import type { RenderCamera } from '../../src/pipeline/renderCamera.ts';
import { renderImage } from '../../src/pipeline/renderImage.ts';

/** Looks along +y at the unit ball from (0, -4, 0); +z is up. */
const cameraToWorld = [1, 0, 0, 0, 0, 0, -1, -4, 0, 1, 0, 0];
const pinhole: RenderCamera = { cameraToWorld, width: 96, height: 72, fx: 100, fy: 100 };
const floor = -1.2;

/** What a ray meets: the unit ball, the floor below it within 20 units, or nothing. */
function meet(origin: Vector3, direction: Vector3): { distance: number; normal: Vector3; isBall: boolean } {
  const along = dot(origin, direction);
  const square = along * along - (dot(origin, origin) - 1);
  const ball = square > 0 ? -along - Math.sqrt(square) : Number.NaN;
  if (ball > 0) {
    const point = origin.map((value, k) => value + ball * direction[k]!) as unknown as Vector3;
    return { distance: ball, normal: point, isBall: true };
  }
  const ground = (floor - origin[2]) / direction[2];
  const isGround = ground > 0 && ground < 20;
  return { distance: isGround ? ground : 0, normal: isGround ? [0, 0, 1] : [0, 0, 0], isBall: false };
}

const vectorAt = (data: ArrayLike<number>, index: number): Vector3 => [
  data[index * 3]!,
  data[index * 3 + 1]!,
  data[index * 3 + 2]!,
];

/** A field of hard surfaces, in buffers that tiles do not fill evenly; `left` is the light that what is seen lets through. */
function hardField(left = 0) {
  const rays: RayBuffers = createRayBuffers(1000);
  const render = (count: number) => {
    for (let ray = 0; ray < count; ray++) {
      const { distance } = meet(vectorAt(rays.origins, ray), vectorAt(rays.directions, ray));
      rays.depths[ray] = distance;
      rays.colors[ray * 4 + 3] = distance > 0 ? left : 1;
    }
  };
  return { rays, render };
}

function normalsOf(camera: RenderCamera, left?: number) {
  const work = renderImage(hardField(left), { camera, outputs: ['normals', 'depth'] }, [0, 0, 0]);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The exact answer, pixel by pixel, by the lens's own formula. */
function exact({ width, height, fx, fy, model }: RenderCamera, pixel: number) {
  const x = ((pixel % width) + 0.5 - width / 2) / fx;
  const y = (height / 2 - Math.floor(pixel / width) - 0.5) / fy;
  const angle = Math.hypot(x, y);
  const direction: Vector3 =
    model === 'OPENCV_FISHEYE'
      ? [(Math.sin(angle) * x) / angle, Math.cos(angle), (Math.sin(angle) * y) / angle]
      : model === 'EQUIRECTANGULAR'
        ? [
            Math.sin(Math.PI * x) * Math.cos(Math.PI * y),
            Math.cos(Math.PI * x) * Math.cos(Math.PI * y),
            Math.sin(Math.PI * y),
          ]
        : normalize([x, 1, y]);
  return meet([0, -4, 0], direction);
}

const degrees = (a: Vector3, b: Vector3) =>
  (2 * Math.asin(Math.min(1, Math.hypot(...addScaled(a, b, -1)) / 2)) * 180) / Math.PI;

describe('normals of a field', () => {
  it.each<[string, Partial<RenderCamera>, number]>([
    ['perspective', {}, 0.6],
    ['fisheye', { model: 'OPENCV_FISHEYE', fx: 60, fy: 60 }, 1.5],
    ['panorama', { model: 'EQUIRECTANGULAR', width: 192, height: 96, fx: 96, fy: 96 }, 2],
  ])('[RE10] are those of the shapes, whatever the lens: %s', (_, lens, largest) => {
    const camera = { ...pinhole, ...lens };
    const { width, height } = camera;
    const { data, channels, quantity } = normalsOf(camera).outputs['normals']!;
    expect([channels, quantity, data.length]).toEqual([3, 'direction', width * height * 3]);
    const counts = { ball: 0, floor: 0, nothing: 0, edge: 0 };
    const worst = { ball: 0, floor: 0, length: 0 };
    for (let pixel = 0; pixel < width * height; pixel++) {
      const { distance, normal, isBall } = exact(camera, pixel);
      const found = vectorAt(data, pixel);
      if (distance === 0) {
        if (found.every((value) => value === 0)) counts.nothing++;
        else expect.fail(`pixel ${pixel} sees nothing, and its normal is ${found}`);
        continue;
      }
      const [column, row] = [pixel % width, Math.floor(pixel / width)];
      const isInside = column > 0 && row > 0 && column < width - 1 && row < height - 1;
      const around = [-1, 1, -width, width].map((step) => exact(camera, pixel + step));
      const isSmooth =
        isInside &&
        around.every((other) => other.distance > 0 && other.isBall === isBall) &&
        // Almost along the ball, a pixel covers much of it.
        dot(normal, normalize([0, -1, 0])) > (isBall ? 0.4 : -1);
      if (!isSmooth) {
        counts.edge++;
        continue;
      }
      const what = isBall ? 'ball' : 'floor';
      counts[what]++;
      worst[what] = Math.max(worst[what], degrees(found, normal));
      worst.length = Math.max(worst.length, Math.abs(Math.hypot(...found) - 1));
    }
    expect(worst.ball).toBeLessThan(largest);
    expect(worst.floor).toBeLessThan(0.05);
    expect(worst.length).toBeLessThan(1e-6);
    expect(Math.min(counts.ball, counts.floor, counts.nothing, counts.edge)).toBeGreaterThan(100);
  });

  it('[RE10] are not there where most of the light passes', () => {
    const seen = (left: number) =>
      normalsOf(pinhole, left).outputs['normals']!.data.some((value) => value !== 0);
    expect([seen(0.45), seen(0.55)]).toEqual([true, false]);
  });
});

describe('depthNormals', () => {
  it('takes the side of the same surface at an edge, and what is at hand at the border', () => {
    // Points on z = 0, one unit apart; the right column lies 100 below, and a hole is in the corner.
    const size = { width: 4, height: 3 };
    const points = new Float32Array(36);
    for (let pixel = 0; pixel < 12; pixel++) {
      const column = pixel % 4;
      points.set([column, -Math.floor(pixel / 4), column === 3 ? -100 : 0], pixel * 3);
    }
    points.fill(Number.NaN, 0, 3);
    depthNormals(points, size);
    for (let pixel = 1; pixel < 12; pixel++)
      if (pixel % 4 < 2)
        expect(vectorAt(points, pixel)).toEqual([0, 0, 1].map((value) => expect.closeTo(value, 6)));
      else if (pixel % 4 === 2) expect(degrees(vectorAt(points, pixel), [0, 0, 1])).toBeLessThan(0.6);
    expect(vectorAt(points, 0)).toEqual([0, 0, 0]);
  });

  it('says nothing of a row or a point that has no neighbour', () => {
    const row = Float32Array.of(0, 0, 0, 1, 0, 0, 2, 0, 0);
    depthNormals(row, { width: 3, height: 1 });
    expect([...row]).toEqual(new Array(9).fill(0));
  });
});
