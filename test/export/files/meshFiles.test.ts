/** Files of meshes and points, read by programs that share no line with what writes them. */
import { NodeIO } from '@gltf-transform/core';
// @ts-expect-error: it has no types.
import gltfValidator from 'gltf-validator';
import type { Mesh as ShownMesh } from 'three';
import { OBJLoader } from 'three/examples/jsm/loaders/OBJLoader.js';
import { PLYLoader } from 'three/examples/jsm/loaders/PLYLoader.js';
import { describe, expect, it } from 'vitest';
import { encodeGlb } from '../../../src/export/files/glb.ts';
import { encodeObj } from '../../../src/export/files/obj.ts';
import { encodePly } from '../../../src/export/files/ply.ts';
import type { ColoredMesh } from '../../../src/export/mesh/mesh.ts';

interface Validator {
  validateBytes(bytes: Uint8Array): Promise<{ readonly issues: { readonly messages: readonly object[] } }>;
}
const validator: Validator = gltfValidator;

/** A tetrahedron. */
const mesh: ColoredMesh = {
  positions: Float32Array.of(0, 0, 0, 1.5, 0, 0, 0, 2, 0, 0, 0, -3),
  faces: Uint32Array.of(0, 1, 2, 0, 3, 1, 1, 3, 2, 0, 2, 3),
  normals: Float32Array.of(-0.6, 0, 0.8, 1, 0, 0, 0, 1, 0, 0, 0, -1),
  colors: Uint8Array.of(255, 0, 0, 10, 128, 64, 0, 0, 255, 200, 200, 200),
};

/** sRGB bytes as linear light (IEC 61966-2-1), which is what readers give. */
const linear = (byte: number) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const linearColors = [...mesh.colors].map(linear);

describe('a .glb file', () => {
  it('[EX5] is what the specification says, without a warning', async () => {
    const { issues } = await validator.validateBytes(encodeGlb(mesh, [0, 0, 1]));
    expect(issues.messages).toEqual([]);
  });

  it('[EX5] holds the faces, and colours that are not lit again', async () => {
    const document = await new NodeIO().readBinary(encodeGlb(mesh, [0, 0, 1]));
    const primitive = document.getRoot().listMeshes()[0]!.listPrimitives()[0]!;
    const values = (name: string) => [...primitive.getAttribute(name)!.getArray()!];
    expect(values('POSITION')).toEqual([...mesh.positions]);
    expect(values('NORMAL')).toEqual([...mesh.normals]);
    expect([...primitive.getIndices()!.getArray()!]).toEqual([...mesh.faces]);
    const colors = Array.from({ length: 4 }, (_, k) => primitive.getAttribute('COLOR_0')!.getElement(k, []));
    expect(colors.flatMap((color) => color.slice(0, 3))).toBeAllClose(linearColors, { atol: 1e-5 });
    expect(colors.map((color) => color[3])).toEqual([1, 1, 1, 1]);
    expect(new TextDecoder().decode(encodeGlb(mesh, [0, 0, 1]))).toContain(
      '"extensionsUsed":["KHR_materials_unlit"]',
    );
  });
});

describe('which way is up in a .glb file', () => {
  it.each([[[0, 0, 1]], [[0, 1, 0]], [[0, -1, 0]], [[0.6, 0, -0.8]], [[-0.36, 0.48, 0.8]]] as const)(
    '[EX5] %j is turned to +y',
    async (up) => {
      const document = await new NodeIO().readBinary(encodeGlb(mesh, up));
      const m = document.getRoot().listNodes()[0]!.getMatrix();
      // Column-major; its last column would move the mesh.
      const turned = [0, 1, 2].map((row) =>
        up.reduce<number>((sum, value, k) => sum + m[k * 4 + row]! * value, 0),
      );
      expect(turned).toBeAllClose([0, 1, 0], { atol: 1e-6 });
      expect(m.slice(12)).toEqual([0, 0, 0, 1]);
    },
  );
});

describe('a .ply file', () => {
  const read = (bytes: Uint8Array) => new PLYLoader().parse(bytes.slice().buffer);

  it('[EX5] of a mesh holds points, normals, colours and faces', () => {
    const geometry = read(encodePly(mesh));
    expect([...geometry.getAttribute('position').array]).toEqual([...mesh.positions]);
    expect([...geometry.getAttribute('normal').array]).toEqual([...mesh.normals]);
    expect([...geometry.index!.array]).toEqual([...mesh.faces]);
    expect([...geometry.getAttribute('color').array]).toEqual(
      linearColors.map((value) => Math.round(value * 255)),
    );
  });

  it('[EX5] of points has no faces', () => {
    const { faces: _, ...points } = mesh;
    const geometry = read(encodePly(points));
    expect(geometry.index).toBeNull();
    expect([...geometry.getAttribute('position').array]).toEqual([...mesh.positions]);
  });
});

describe('an .obj file', () => {
  it('[EX5] holds the faces with their normals and colours', () => {
    const group = new OBJLoader().parse(new TextDecoder().decode(encodeObj(mesh)));
    const { geometry } = group.children[0] as ShownMesh;
    /** Its vertices are those of the faces, one after the other. */
    const corners = (values: ArrayLike<number>) =>
      [...mesh.faces].flatMap((vertex) => Array.from({ length: 3 }, (_, k) => values[vertex * 3 + k]!));
    expect([...geometry.getAttribute('position').array]).toBeAllClose(corners(mesh.positions), {
      atol: 1e-6,
    });
    expect([...geometry.getAttribute('normal').array]).toBeAllClose(corners(mesh.normals), { atol: 1e-6 });
    expect([...geometry.getAttribute('color').array]).toBeAllClose(corners(linearColors), { atol: 1e-3 });
  });
});
