/** Which cells of the occupancy grid any training camera sees: the others can never be learned, so they stay empty. */
import type { Camera } from '../../data/cameras/camera.ts';

/** Blocks a side, at most. A block is tested as one: exact enough, and fast for hundreds of cameras. */
const mostBlocks = 32;

/**
 * A block counts as seen if its centre lies in a camera's viewing frustum, widened by the block's size.
 *
 * @param center,halfSize the first level's cube in model coordinates
 * @returns [levels, resolution, resolution, resolution] uint8, 1 = seen
 */
export function visibleCells(
  cameras: readonly Camera[],
  grid: {
    readonly levels: number;
    readonly resolution: number;
    readonly center: readonly number[];
    readonly halfSize: number;
  },
): Uint8Array {
  const { levels, resolution, center, halfSize } = grid;
  const visible = new Uint8Array(levels * resolution ** 3);
  const side = blocksOf(resolution);
  const cellsPerBlock = resolution / side;
  for (let level = 0; level < levels; level++) {
    const half = halfSize * 2 ** level;
    const block = (2 * half) / side;
    for (let z = 0; z < side; z++)
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++) {
          const point = [x, y, z].map((index, axis) => center[axis]! - half + (index + 0.5) * block);
          if (!cameras.some((camera) => sees(camera, point, block))) continue;
          for (let dz = 0; dz < cellsPerBlock; dz++)
            for (let dy = 0; dy < cellsPerBlock; dy++) {
              const row =
                ((level * resolution + z * cellsPerBlock + dz) * resolution + y * cellsPerBlock + dy) *
                resolution;
              visible.fill(1, row + x * cellsPerBlock, row + (x + 1) * cellsPerBlock);
            }
        }
  }
  return visible;
}

/** Blocks a side: the largest number up to {@link mostBlocks} that cuts `resolution` cells into equal whole ones. */
function blocksOf(resolution: number): number {
  let side = Math.min(mostBlocks, resolution);
  while (resolution % side > 0) side--;
  return side;
}

/** Lens distortion is covered by the margin: one block and a fifth of the field of view. */
function sees(camera: Camera, point: readonly number[], margin: number): boolean {
  if (camera.model !== 'OPENCV') return true;
  const m = camera.cameraToWorld;
  const d = [point[0]! - m[3]!, point[1]! - m[7]!, point[2]! - m[11]!] as const;
  const right = d[0] * m[0]! + d[1] * m[4]! + d[2] * m[8]!;
  const up = d[0] * m[1]! + d[1] * m[5]! + d[2] * m[9]!;
  const forward = -(d[0] * m[2]! + d[1] * m[6]! + d[2] * m[10]!);
  const widen = 1.2;
  const reach = Math.max(0, forward);
  const tanX = (widen * Math.max(camera.cx, camera.width - camera.cx)) / camera.fx;
  const tanY = (widen * Math.max(camera.cy, camera.height - camera.cy)) / camera.fy;
  return forward > -margin && Math.abs(right) < reach * tanX + margin && Math.abs(up) < reach * tanY + margin;
}
