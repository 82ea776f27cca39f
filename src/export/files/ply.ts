/** Points and meshes as binary PLY files. (Greg Turk, "The PLY Polygon File Format") */

/** What a vertex has. */
export interface PlyVertices {
  /** [vertices, 3] float32 */
  readonly positions: Float32Array;
  /** [vertices, 3] float32 */
  readonly normals: Float32Array;
  /** [vertices, 3] uint8 sRGB */
  readonly colors: Uint8Array;
  /** [faces, 3] uint32, for a mesh. */
  readonly faces?: Uint32Array;
}

const vertexBytes = 6 * 4 + 3;
const faceBytes = 1 + 3 * 4;

/** Little-endian: x, y, z, nx, ny, nz as float, red, green, blue as uchar; faces as lists `vertex_indices`. */
export function encodePly({ positions, normals, colors, faces }: PlyVertices): Uint8Array {
  const count = positions.length / 3;
  const header = new TextEncoder().encode(
    [
      'ply',
      'format binary_little_endian 1.0',
      'comment nerfstream',
      `element vertex ${count}`,
      ...['x', 'y', 'z', 'nx', 'ny', 'nz'].map((name) => `property float ${name}`),
      ...['red', 'green', 'blue'].map((name) => `property uchar ${name}`),
      ...(faces ? [`element face ${faces.length / 3}`, 'property list uchar int vertex_indices'] : []),
      'end_header\n',
    ].join('\n'),
  );
  const begin = header.length;
  const faceBegin = begin + count * vertexBytes;
  const bytes = new Uint8Array(faceBegin + ((faces?.length ?? 0) / 3) * faceBytes);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  for (let vertex = 0, at = begin; vertex < count; vertex++, at += vertexBytes) {
    for (let axis = 0; axis < 3; axis++) {
      view.setFloat32(at + axis * 4, positions[vertex * 3 + axis]!, true);
      view.setFloat32(at + 12 + axis * 4, normals[vertex * 3 + axis]!, true);
      bytes[at + 24 + axis] = colors[vertex * 3 + axis]!;
    }
  }
  for (let corner = 0, at = faceBegin; faces && corner < faces.length; corner += 3, at += faceBytes) {
    bytes[at] = 3;
    for (let k = 0; k < 3; k++) view.setInt32(at + 1 + k * 4, faces[corner + k]!, true);
  }
  return bytes;
}
