/** Triangles. */
export interface Mesh {
  /** [vertices, 3] float32 */
  readonly positions: Float32Array;
  /** [faces, 3] uint32: vertices, counter-clockwise seen from outside. */
  readonly faces: Uint32Array;
}

/** With what a viewer shows. */
export interface ColoredMesh extends Mesh {
  /** [vertices, 3] float32, unit vectors outward. */
  readonly normals: Float32Array;
  /** [vertices, 3] uint8 sRGB */
  readonly colors: Uint8Array;
}

/** The mesh of some of the faces, without the vertices that they do not need. */
export function withFaces({ positions }: Pick<Mesh, 'positions'>, faces: Uint32Array): Mesh {
  const numbers = new Int32Array(positions.length / 3).fill(-1);
  let count = 0;
  const renumbered = faces.map((vertex) => {
    if (numbers[vertex] === -1) numbers[vertex] = count++;
    return numbers[vertex]!;
  });
  const kept = new Float32Array(count * 3);
  for (const [vertex, number] of numbers.entries())
    if (number >= 0) kept.set(positions.subarray(vertex * 3, vertex * 3 + 3), number * 3);
  return { positions: kept, faces: renumbered };
}
