/** Where the demo's pictures are taken from. */
import type { Camera } from '../cameras/camera.ts';
import { lookAt } from '../poses/lookAt.ts';
import type { Vector3 } from '../vector3.ts';

/** Pixels a side of each picture, and its field of view in radians. */
const imageSize = 200;
export const fieldOfView = 0.66;

/** The cameras look here. */
const target: Vector3 = [0, 0, -0.2];

/**
 * `count` cameras spread evenly over the sky between 5 and 70 degrees of height, 3.7 to 4.3 from the origin, looking at
 * the scene. `phase` turns the whole set, so that held-out cameras stand between the others.
 */
export function createDemoCameras(count: number, phase: number): Camera[] {
  const goldenAngle = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, index) => {
    const share = (index + 0.5) / count;
    // Even steps of sin(height) are even steps of area on a sphere.
    const sine = Math.sin(0.09) + share * (Math.sin(1.22) - Math.sin(0.09));
    const angle = index * goldenAngle + phase;
    const distance = 4 + 0.3 * Math.sin(index * 2.3 + phase);
    const level = Math.sqrt(1 - sine * sine);
    const position: Vector3 = [
      distance * level * Math.cos(angle),
      distance * level * Math.sin(angle),
      distance * sine,
    ];
    return demoCamera(position);
  });
}

/** A camera at `position` that looks at the scene, upright. */
export function demoCamera(position: Vector3, size = imageSize): Camera {
  const focalLength = size / 2 / Math.tan(fieldOfView / 2);
  return {
    model: 'OPENCV',
    width: size,
    height: size,
    fx: focalLength,
    fy: focalLength,
    cx: size / 2,
    cy: size / 2,
    cameraToWorld: lookAt(position, target, [0, 0, 1]),
  };
}
