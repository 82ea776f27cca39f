/** Removes what floats beside a mesh. */
import { type Mesh, withFaces } from './mesh.ts';

/** Connected parts that have fewer than this share of all faces go. */
const smallestShare = 0.01;

/** The parts of the mesh that are large enough, but at least the largest. */
export function largeParts(mesh: Mesh): Mesh {
  const { positions, faces } = mesh;
  const parents = Int32Array.from({ length: positions.length / 3 }, (_, vertex) => vertex);
  const rootOf = (vertex: number): number => {
    let root = vertex;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  for (let at = 0; at < faces.length; at += 3)
    for (const corner of [at + 1, at + 2]) parents[rootOf(faces[corner]!)] = rootOf(faces[at]!);
  const sizes = new Int32Array(parents.length);
  for (let at = 0; at < faces.length; at += 3) sizes[rootOf(faces[at]!)]!++;
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const enough = Math.min(largest, (smallestShare * faces.length) / 3);
  return withFaces(
    mesh,
    faces.filter((_, corner) => sizes[rootOf(faces[corner - (corner % 3)]!)]! >= enough),
  );
}
