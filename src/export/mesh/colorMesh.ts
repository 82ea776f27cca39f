/** Normals and colours of a mesh's vertices. */
import type { SurfaceView } from '../surface/surfaceView.ts';
import { distanceAt, projectionOf } from '../surface/viewProjection.ts';
import type { ColoredMesh, Mesh } from './mesh.ts';

/** Views that look along the surface count this much of one that looks at it. */
const leastFacing = 0.05;

/**
 * Each vertex gets the mean colour of the views that have a surface within `tolerance` of it; those that are near and face it count more. What no view
 * sees is grey.
 */
export function colorMesh(mesh: Mesh, views: readonly SurfaceView[], tolerance: number): ColoredMesh {
  const { positions } = mesh;
  const normals = normalsOf(mesh);
  const sums = new Float64Array((positions.length / 3) * 4);
  for (const view of views) addColors(view, positions, normals, tolerance, sums);
  const colors = new Uint8Array(positions.length).map((_, k) => {
    const at = Math.floor(k / 3) * 4;
    return sums[at + 3]! > 0 ? Math.round(sums[at + (k % 3)]! / sums[at + 3]!) : 128;
  });
  return { ...mesh, normals, colors };
}

/** Adds weighted colours and the weights to `sums`, [vertices, 4]. */
function addColors(
  view: SurfaceView,
  positions: Float32Array,
  normals: Float32Array,
  tolerance: number,
  sums: Float64Array,
): void {
  const { width, fx, cameraToWorld: m } = view.camera;
  const project = projectionOf(view);
  for (let at = 0, to = 0; at < positions.length; at += 3, to += 4) {
    const [x, y, z] = [positions[at]!, positions[at + 1]!, positions[at + 2]!];
    const seen = project(x, y, z);
    if (!seen || !(Math.abs(distanceAt(view, seen) - seen.distance) <= tolerance)) continue;
    const facing =
      (normals[at]! * (m[3]! - x) + normals[at + 1]! * (m[7]! - y) + normals[at + 2]! * (m[11]! - z)) /
      seen.distance;
    const weight = Math.max(leastFacing, facing) * (fx / seen.distance) ** 2;
    const pixel = Math.floor(seen.row) * width + Math.floor(seen.column);
    for (let channel = 0; channel < 3; channel++)
      sums[to + channel]! += weight * view.colors[pixel * 3 + channel]!;
    sums[to + 3]! += weight;
  }
}

/** The mean of the normals of a vertex's faces, weighted by their area. */
function normalsOf({ positions, faces }: Mesh): Float32Array {
  const normals = new Float32Array(positions.length);
  for (let face = 0; face < faces.length; face += 3) {
    const [a, b, c] = [faces[face]! * 3, faces[face + 1]! * 3, faces[face + 2]! * 3];
    const along = (from: number, to: number, axis: number) => positions[to + axis]! - positions[from + axis]!;
    for (let axis = 0; axis < 3; axis++) {
      const [next, last] = [(axis + 1) % 3, (axis + 2) % 3];
      // Twice the area times the normal.
      const value = along(a, b, next) * along(a, c, last) - along(a, b, last) * along(a, c, next);
      for (const corner of [a, b, c]) normals[corner + axis]! += value;
    }
  }
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.hypot(normals[at]!, normals[at + 1]!, normals[at + 2]!) || 1;
    for (let axis = 0; axis < 3; axis++) normals[at + axis]! /= length;
  }
  return normals;
}
