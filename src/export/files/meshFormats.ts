/** The files that meshes are written as, by the ending of their names. */
import type { ColoredMesh } from '../mesh/mesh.ts';
import { encodeGlb } from './glb.ts';
import { encodeObj } from './obj.ts';
import { encodePly } from './ply.ts';

export const meshFormats: Readonly<Record<string, (mesh: ColoredMesh) => Uint8Array>> = {
  '.glb': encodeGlb,
  '.ply': encodePly,
  '.obj': encodeObj,
};
