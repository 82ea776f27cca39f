/** Fewer faces for nearly the same shape. */
import { MeshoptSimplifier } from 'meshoptimizer';
import { type Mesh, withFaces } from './mesh.ts';

/** At most about `most` faces: edges are collapsed where that changes the shape least, and parts stay connected and closed as they are. */
export async function simplifyMesh(mesh: Mesh, most: number): Promise<Mesh> {
  if (mesh.faces.length / 3 <= most) return mesh;
  await MeshoptSimplifier.ready;
  const { positions, faces } = mesh;
  const [fewer] = MeshoptSimplifier.simplify(faces, positions, 3, Math.floor(most) * 3, 1);
  return withFaces(mesh, fewer);
}
