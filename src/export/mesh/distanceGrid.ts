/** Distances to the nearest surface on a grid of points that is there only near surfaces: a hash of blocks. */
import { DataError } from '../../errors.ts';

/** Points along each side of a block. */
export const blockSide = 8;
const blockPoints = blockSide ** 3;
/** Blocks on each side of the origin that a key has room for. */
const keyReach = 2 ** 16;
/** 8 bytes for each of 512 points: about 500 MB. */
const mostBlocks = 120_000;

export interface DistanceGrid {
  /** Where the point (0, 0, 0) lies. */
  readonly origin: readonly [number, number, number];
  /** Distance between neighbouring points. */
  readonly spacing: number;
  /** Beyond this distance from a surface nothing is told. */
  readonly truncation: number;
  /** Numbers of the blocks along x, y, z, in the order in which they were added. */
  readonly blocks: readonly (readonly [number, number, number])[];
  /** Where the block lies in the arrays, in blocks; undefined where there is none. */
  blockAt(x: number, y: number, z: number): number | undefined;
  /** Makes sure that the block is there. @throws DataError when there are too many */
  addBlock(x: number, y: number, z: number): void;
  /** Of a block, [z, y, x]: sum of weighted distances, in truncations and cut off at 1, positive outside; and sum of weights. */
  readonly sums: (block: number) => Float32Array;
  readonly weights: (block: number) => Float32Array;
}

/** Nothing is seen anywhere yet. @param spacing above 0 */
export function createDistanceGrid(
  origin: readonly [number, number, number],
  spacing: number,
  truncation: number,
): DistanceGrid {
  const places = new Map<number, number>();
  const blocks: [number, number, number][] = [];
  const arrays: Float32Array[] = [];
  const keyOf = (x: number, y: number, z: number) =>
    ((x + keyReach) * (2 * keyReach) + (y + keyReach)) * (2 * keyReach) + (z + keyReach);
  return {
    origin,
    spacing,
    truncation,
    blocks,
    blockAt: (x, y, z) => places.get(keyOf(x, y, z)),
    addBlock(x, y, z) {
      const key = keyOf(x, y, z);
      if (places.has(key)) return;
      if (blocks.length >= mostBlocks)
        throw new DataError(
          'the mesh needs more memory than it may take: give a smaller --resolution, or a --crop box',
          '',
        );
      places.set(key, blocks.length);
      blocks.push([x, y, z]);
      arrays.push(new Float32Array(2 * blockPoints));
    },
    sums: (block) => arrays[block]!.subarray(0, blockPoints),
    weights: (block) => arrays[block]!.subarray(blockPoints),
  };
}
