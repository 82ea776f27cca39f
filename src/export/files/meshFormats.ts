/** The files that meshes are written as, by the ending of their names. */
import type { Vector3 } from '../../data/vector3.ts';
import type { ColoredMesh } from '../mesh/mesh.ts';
import { encodeGlb } from './glb.ts';
import { encodeObj } from './obj.ts';
import { encodePly } from './ply.ts';

/** @param up unit vector, for formats that say which way is up */
export const meshFormats: Readonly<Record<string, (mesh: ColoredMesh, up: Vector3) => Uint8Array>> = {
  '.glb': encodeGlb,
  '.ply': encodePly,
  '.obj': encodeObj,
};
