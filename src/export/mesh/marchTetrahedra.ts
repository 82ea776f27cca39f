/**
 * The surface where a distance grid is zero, by marching tetrahedra: each cube between grid points is cut into six tetrahedra, and each of them by a
 * triangle or two. Neighbouring cubes cut their common side alike, so that every edge within what is known belongs to exactly two triangles.
 * Source: Doi and Koide, "An Efficient Method of Triangulating Equi-Valued Surfaces by Using Tetrahedral Cells" (1991); the cut is Freudenthal's.
 */
import { blockSide, type DistanceGrid } from './distanceGrid.ts';
import type { Mesh } from './mesh.ts';

/** Four corners of a cube, each a number of three bits (1 along x, 2 along y, 4 along z), on a way along its edges from 0 to 7. */
type Way = readonly [number, number, number, number];
/** Two corners of a cube between which the surface lies, the first one first on the way. */
type Edge = readonly [number, number];

/** The six ways, one for each order of the axes. The corners of the first three are right-handed systems, those of the others left-handed ones. */
const rightHanded: readonly Way[] = [
  [0, 1, 3, 7],
  [0, 2, 6, 7],
  [0, 4, 5, 7],
];
const leftHanded: readonly Way[] = [
  [0, 1, 5, 7],
  [0, 2, 3, 7],
  [0, 4, 6, 7],
];

/** Points along a side of a block together with the first ones of the next. */
const side = blockSide + 1;

/**
 * Faces look to where distances are positive. Only tetrahedra count whose four corners have been seen: where nothing is known, the surface has a
 * border.
 */
export function marchTetrahedra(grid: DistanceGrid): Mesh {
  const tetrahedra = [
    ...rightHanded.map((way) => ({ way, cuts: cutsOf(way, false) })),
    ...leftHanded.map((way) => ({ way, cuts: cutsOf(way, true) })),
  ];
  const { origin, spacing } = grid;
  const positions: number[] = [];
  const faces: number[] = [];
  /** Numbers of vertices by the edge that they lie on: the grid point that it starts from, and where it goes (1 to 7). */
  const vertices = new Map<number, number>();
  const values = new Float32Array(side ** 3);
  const neighbours = new Int32Array(8);
  const cube = new Float32Array(8);

  for (const [bx, by, bz] of grid.blocks) {
    gather(grid, bx, by, bz, neighbours, values);

    /** The vertex on an edge of the cube at (x, y, z) of the block. */
    const vertexOn = ([a, b]: Edge, x: number, y: number, z: number): number => {
      const [px, py, pz] = [x + (a & 1), y + ((a >> 1) & 1), z + (a >> 2)];
      const owner = neighbours[(px >> 3) | ((py >> 3) << 1) | ((pz >> 3) << 2)]!;
      const point = (px & 7) | ((py & 7) << 3) | ((pz & 7) << 6);
      const step = b - a;
      const key = (owner * 512 + point) * 8 + step;
      const known = vertices.get(key);
      if (known !== undefined) return known;
      const share = cube[a]! / (cube[a]! - cube[b]!);
      positions.push(
        origin[0] + spacing * (bx * blockSide + px + share * (step & 1)),
        origin[1] + spacing * (by * blockSide + py + share * ((step >> 1) & 1)),
        origin[2] + spacing * (bz * blockSide + pz + share * (step >> 2)),
      );
      vertices.set(key, vertices.size);
      return vertices.size - 1;
    };

    for (let z = 0; z < blockSide; z++)
      for (let y = 0; y < blockSide; y++)
        for (let x = 0; x < blockSide; x++) {
          if (!isCut(values, x, y, z, cube)) continue;
          for (const { way, cuts } of tetrahedra)
            for (const edge of cuts[caseOf(cube, way)]!) faces.push(vertexOn(edge, x, y, z));
        }
  }
  return { positions: Float32Array.from(positions), faces: Uint32Array.from(faces) };
}

/** Values of a block and of the first points of its neighbours, NaN where nothing is known; and the neighbours' numbers, itself first. */
function gather(
  grid: DistanceGrid,
  bx: number,
  by: number,
  bz: number,
  neighbours: Int32Array,
  values: Float32Array,
): void {
  const found = Array.from(neighbours, (_, k) => {
    const block = grid.blockAt(bx + (k & 1), by + ((k >> 1) & 1), bz + (k >> 2));
    neighbours[k] = block ?? -1;
    return block === undefined ? undefined : { sums: grid.sums(block), weights: grid.weights(block) };
  });
  for (let z = 0, at = 0; z < side; z++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++, at++) {
        const block = found[(x >> 3) | ((y >> 3) << 1) | ((z >> 3) << 2)];
        const point = (x & 7) | ((y & 7) << 3) | ((z & 7) << 6);
        // 0 / 0 is NaN.
        values[at] = block ? block.sums[point]! / block.weights[point]! : Number.NaN;
      }
}

/** Copies the corners of the cube at (x, y, z) to `cube`, and says whether some lie inside and some outside. */
function isCut(values: Float32Array, x: number, y: number, z: number, cube: Float32Array): boolean {
  let inside = false;
  let outside = false;
  for (let corner = 0; corner < 8; corner++) {
    const value = values[((z + (corner >> 2)) * side + y + ((corner >> 1) & 1)) * side + x + (corner & 1)]!;
    cube[corner] = value;
    if (value < 0) inside = true;
    else if (value >= 0) outside = true;
  }
  return inside && outside;
}

/** Which corners of a tetrahedron lie inside, a bit each in the order of the way; 0 (none) where one is not known. */
function caseOf(cube: Float32Array, way: Way): number {
  let bits = 0;
  for (let k = 0; k < 4; k++) {
    const value = cube[way[k]!]!;
    if (value < 0) bits |= 1 << k;
    else if (!(value >= 0)) return 0;
  }
  return bits;
}

/** For each case of a tetrahedron the edges on which the vertices of its triangles lie, three for each triangle. */
function cutsOf(way: Way, isLeftHanded: boolean): readonly (readonly Edge[])[] {
  return Array.from({ length: 16 }, (_, bits) => {
    const isInside = (k: number) => ((bits >> k) & 1) === 1;
    const inside = [0, 1, 2, 3].filter(isInside);
    const outside = [0, 1, 2, 3].filter((k) => !isInside(k));
    // Corners that change places while the inner ones come first turn the handedness.
    const swaps = inside.reduce((sum, k) => sum + outside.filter((other) => other < k).length, 0);
    const turned = isLeftHanded !== (swaps % 2 === 1);
    const [a, b, c, d] = [...inside, ...outside].map((k) => way[k]!) as unknown as Way;
    const triangles =
      inside.length === 1
        ? [[edge(a, b), edge(a, c), edge(a, d)]]
        : inside.length === 3
          ? [[edge(a, d), edge(b, d), edge(c, d)]]
          : inside.length === 2
            ? [
                [edge(a, c), edge(a, d), edge(b, d)],
                [edge(a, c), edge(b, d), edge(b, c)],
              ]
            : [];
    return triangles.flatMap((edges) => (turned ? edges.reverse() : edges));
  });
}

/** What comes earlier on a way has the smaller number. */
function edge(a: number, b: number): Edge {
  return a < b ? [a, b] : [b, a];
}
