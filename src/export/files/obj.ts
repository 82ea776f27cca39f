/** Meshes as Wavefront OBJ files. */
import type { ColoredMesh } from '../mesh/mesh.ts';

/** Colours stand behind the positions, 0 to 1, where most programs look for them. */
export function encodeObj({ positions, normals, colors, faces }: ColoredMesh): Uint8Array {
  const lines = ['# nerfstream'];
  const row = (values: Float32Array, at: number) => Array.from(values.subarray(at, at + 3)).join(' ');
  for (let at = 0; at < positions.length; at += 3) {
    const color = Array.from(colors.subarray(at, at + 3), (value) => (value / 255).toFixed(4)).join(' ');
    lines.push(`v ${row(positions, at)} ${color}`);
  }
  for (let at = 0; at < normals.length; at += 3) lines.push(`vn ${row(normals, at)}`);
  for (let at = 0; at < faces.length; at += 3) {
    const corners = Array.from(faces.subarray(at, at + 3), (vertex) => `${vertex + 1}//${vertex + 1}`);
    lines.push(`f ${corners.join(' ')}`);
  }
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}
