/** From pixels to directions in camera space, for every lens model. */
import type { Intrinsics } from './camera.ts';
import { isLensModel, lenses } from './lenses.ts';
import { undistort } from './undistort.ts';

/**
 * The direction in which the image point (`column`, `row`) - pixels, the centre of the top left one is (0.5, 0.5) -
 * lies, in camera space (OpenGL axes), written to `out[offset..offset + 2]`. Pinhole cameras give (x, y, -1), not
 * normalized; fisheyes and panoramas unit vectors; other lenses any length.
 * Source: nerfstudio 1.1.5 `Cameras._generate_rays_from_coords`.
 */
export function pointDirection(
  camera: Intrinsics,
  column: number,
  row: number,
  out: Float64Array | Float32Array,
  offset = 0,
): void {
  let x = (column - camera.cx) / camera.fx;
  let y = (row - camera.cy) / camera.fy;
  if (isLensModel(camera.model)) {
    lenses[camera.model].unproject(x, y, camera.lens ?? [], out, offset);
    out[offset + 1] = -out[offset + 1]!;
    out[offset + 2] = -out[offset + 2]!;
    return;
  }
  if (camera.distortion !== undefined && camera.model !== 'EQUIRECTANGULAR') {
    undistort(x, y, camera.distortion, out, offset);
    x = out[offset]!;
    y = out[offset + 1]!;
  }
  // Image rows grow downwards, the camera's y axis points up.
  y = -y;
  switch (camera.model) {
    case 'OPENCV':
      out[offset] = x;
      out[offset + 1] = y;
      out[offset + 2] = -1;
      return;
    case 'OPENCV_FISHEYE': {
      const angle = Math.min(Math.hypot(x, y), Math.PI);
      const factor = angle === 0 ? 1 : Math.sin(angle) / angle;
      out[offset] = x * factor;
      out[offset + 1] = y * factor;
      out[offset + 2] = -Math.cos(angle);
      return;
    }
    case 'EQUIRECTANGULAR': {
      const longitude = Math.PI * x;
      const polar = Math.PI * (0.5 - y);
      out[offset] = Math.sin(longitude) * Math.sin(polar);
      out[offset + 1] = Math.cos(polar);
      out[offset + 2] = -Math.cos(longitude) * Math.sin(polar);
      return;
    }
  }
}

/**
 * Directions of all pixel centres in camera space, [height * width, 3] float32, row-major, top row first: (x, y, -1)
 * for pinhole cameras, unit vectors for the others. A ray's direction is the camera's rotation times this, normalized.
 */
export function cameraDirections(camera: Intrinsics): Float32Array {
  const directions = new Float32Array(camera.height * camera.width * 3);
  let offset = 0;
  for (let row = 0; row < camera.height; row++)
    for (let column = 0; column < camera.width; column++, offset += 3)
      pointDirection(camera, column + 0.5, row + 0.5, directions, offset);
  return directions;
}
