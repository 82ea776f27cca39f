/** A ball and a floor that are rendered exactly, in the place of a trained model: what surfaces are taken from is known. */
import type { Camera } from '../../src/data/cameras/camera.ts';
import { pointRay } from '../../src/data/cameras/pointRays.ts';
import { cross, normalize, type Vector3 } from '../../src/data/vector3.ts';
import type { RenderView } from '../../src/export/surface/surfaceView.ts';
import { completeCamera } from '../../src/pipeline/renderCamera.ts';

/** Distance along a ray to a surface; Infinity where there is none. */
export type Surface = (origin: readonly number[], direction: readonly number[]) => number;

export function ball([x, y, z]: Vector3, radius: number): Surface {
  return (origin, direction) => {
    const from = [origin[0]! - x, origin[1]! - y, origin[2]! - z];
    const b = from.reduce((sum, value, k) => sum + value * direction[k]!, 0);
    const root = b * b - from.reduce((sum, value) => sum + value * value, 0) + radius * radius;
    const distance = -b - Math.sqrt(root);
    return root >= 0 && distance > 0 ? distance : Infinity;
  };
}

/** The square of half a side `half` around the z axis at `height`, seen from both sides. */
export function floor(height: number, half: number): Surface {
  return (origin, direction) => {
    const distance = (height - origin[2]!) / direction[2]!;
    const at = [0, 1].map((axis) => origin[axis]! + distance * direction[axis]!);
    return distance > 0 && at.every((value) => Math.abs(value) <= half) ? distance : Infinity;
  };
}

/** Red tells x, green y and blue z, from -2 to 2: the colour of every point is known. */
export const colorAt = (place: readonly number[]) =>
  place.map((value) => Math.round(((value + 2) / 4) * 255));

/** Renders the nearest of the surfaces. */
export function renderOf(...surfaces: Surface[]): RenderView {
  return ({ camera }) => {
    const complete = completeCamera(camera);
    const { width, height } = complete;
    const [rgb, depth, accumulation] = [
      new Uint8Array(width * height * 3),
      new Float32Array(width * height),
      new Float32Array(width * height),
    ];
    for (let pixel = 0; pixel < width * height; pixel++) {
      const row = Math.floor(pixel / width);
      const { origin, direction } = pointRay(complete, pixel - row * width + 0.5, row + 0.5);
      const distance = Math.min(...surfaces.map((surface) => surface(origin, direction)));
      if (distance === Infinity) continue;
      depth[pixel] = distance;
      accumulation[pixel] = 1;
      rgb.set(colorAt(origin.map((value, k) => value + distance * direction[k]!)), pixel * 3);
    }
    return {
      width,
      height,
      outputs: {
        rgb: { channels: 3, data: rgb },
        depth: { channels: 1, data: depth, quantity: 'distance' },
        accumulation: { channels: 1, data: accumulation, quantity: 'share' },
      },
    };
  };
}

/** A camera of `size` x `size` pixels at `position` that looks at the origin. */
export function lookingCamera(position: Vector3, size = 64, focalLength = size): Camera {
  const back = normalize(position);
  const right = normalize(cross(Math.abs(back[2]) > 0.9 ? [0, 1, 0] : [0, 0, 1], back));
  const up = cross(back, right);
  return {
    ...{
      model: 'OPENCV',
      width: size,
      height: size,
      fx: focalLength,
      fy: focalLength,
      cx: size / 2,
      cy: size / 2,
    },
    cameraToWorld: [0, 1, 2].flatMap((row) => [right[row]!, up[row]!, back[row]!, position[row]!]),
  };
}

/** `count` cameras on a sphere about the origin, evenly spread; `lowest` is the sine of the lowest one's height. */
export function camerasAround(count: number, distance: number, lowest = -1): Camera[] {
  return Array.from({ length: count }, (_, index) => {
    const sine = lowest + ((index + 0.5) / count) * (1 - lowest);
    const level = Math.sqrt(1 - sine * sine);
    const angle = index * Math.PI * (3 - Math.sqrt(5));
    return lookingCamera([
      distance * level * Math.cos(angle),
      distance * level * Math.sin(angle),
      distance * sine,
    ]);
  });
}

export const unmoved = { rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], scale: 1, translation: [0, 0, 0] };
