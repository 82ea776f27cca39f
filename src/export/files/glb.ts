/** Meshes as binary glTF 2.0 files: a header, the scene as JSON, and one buffer. (Khronos Group, glTF 2.0 specification) */
import { normalize, type Vector3 } from '../../data/vector3.ts';
import type { ColoredMesh } from '../mesh/mesh.ts';

const types = { float: 5126, unsignedInt: 5125, unsignedShort: 5123 } as const;
const targets = { vertices: 34962, indices: 34963 } as const;
const chunkTypes = { json: 0x4e4f534a, binary: 0x004e4942 } as const;

/**
 * One mesh: vertices in the coordinates that it has, in a node that turns `up` to glTF's +y, so that it stands in a viewer. Colours are those of photos, light included, so
 * the material is not lit again where a viewer knows `KHR_materials_unlit`. glTF's vertex colours are linear: 16 bits keep the dark ones apart.
 */
export function encodeGlb({ positions, normals, colors, faces }: ColoredMesh, up: Vector3): Uint8Array {
  const linear = new Uint16Array((colors.length / 3) * 4).fill(65535);
  for (let at = 0; at < colors.length; at++)
    linear[Math.floor(at / 3) * 4 + (at % 3)] = Math.round(linearOf(colors[at]! / 255) * 65535);
  const parts = [positions, normals, linear, faces];
  const count = positions.length / 3;
  const scene = {
    asset: { version: '2.0', generator: 'nerfstream' },
    extensionsUsed: ['KHR_materials_unlit'],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, rotation: rotationToY(up) }],
    meshes: [
      { primitives: [{ attributes: { POSITION: 0, NORMAL: 1, COLOR_0: 2 }, indices: 3, material: 0 }] },
    ],
    materials: [
      {
        pbrMetallicRoughness: { metallicFactor: 0 },
        doubleSided: true,
        extensions: { KHR_materials_unlit: {} },
      },
    ],
    accessors: [
      { bufferView: 0, componentType: types.float, count, type: 'VEC3', ...rangeOf(positions) },
      { bufferView: 1, componentType: types.float, count, type: 'VEC3' },
      { bufferView: 2, componentType: types.unsignedShort, normalized: true, count, type: 'VEC4' },
      { bufferView: 3, componentType: types.unsignedInt, count: faces.length, type: 'SCALAR' },
    ],
    bufferViews: parts.map(({ byteLength }, index) => ({
      buffer: 0,
      byteOffset: parts.slice(0, index).reduce((sum, part) => sum + part.byteLength, 0),
      byteLength,
      target: index < 3 ? targets.vertices : targets.indices,
    })),
    buffers: [{ byteLength: parts.reduce((sum, { byteLength }) => sum + byteLength, 0) }],
  };
  const json = new TextEncoder().encode(JSON.stringify(scene));
  return glbOf(
    json,
    parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  );
}

/** Chunks begin and end at multiples of 4 bytes: JSON is filled up with spaces. The parts are multiples of 4 bytes long. */
function glbOf(json: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const jsonLength = Math.ceil(json.length / 4) * 4;
  const binaryLength = parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(12 + 8 + jsonLength + 8 + binaryLength).fill(0x20);
  const view = new DataView(bytes.buffer);
  const magic = 0x46546c67;
  for (const [index, value] of [magic, 2, bytes.length, jsonLength, chunkTypes.json].entries())
    view.setUint32(index * 4, value, true);
  bytes.set(json, 20);
  view.setUint32(20 + jsonLength, binaryLength, true);
  view.setUint32(24 + jsonLength, chunkTypes.binary, true);
  let at = 28 + jsonLength;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The shortest turn of the unit vector `up` to +y, as glTF's quaternion x, y, z, w. */
function rotationToY(up: Vector3): number[] {
  // Half way between the two directions is half the angle; opposite ones have no such direction.
  const [x, y, z] = up[1] > -1 + 1e-9 ? normalize([up[0], up[1] + 1, up[2]]) : ([1, 0, 0] as const);
  return [-z, 0, x, y].map((value) => value + 0);
}

/** glTF asks for the range of positions. */
function rangeOf(positions: Float32Array): { min: number[]; max: number[] } {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (const [at, value] of positions.entries()) {
    const axis = at % 3;
    if (value < min[axis]!) min[axis] = value;
    if (value > max[axis]!) max[axis] = value;
  }
  return { min, max };
}

/** sRGB's transfer function, 0..1. (IEC 61966-2-1) */
function linearOf(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
