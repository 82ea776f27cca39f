/** The occupancy grid of a scene: as its march wants it, without the cells that no training camera sees. */
import type { Camera } from '../../data/cameras/camera.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { SceneBounds } from '../radianceModel.ts';
import type { MarchSettings } from './marchSettings.ts';
import { createOccupancyGrid, type OccupancyGrid } from './occupancyGrid.ts';
import { visibleCells } from './visibleCells.ts';

/** @param scene its training cameras; cells a side of each level */
export function sceneOccupancy(
  kernels: KernelPool,
  scene: {
    readonly march: MarchSettings;
    readonly bounds: SceneBounds;
    readonly cameras: readonly Camera[];
    readonly resolution: number;
    readonly seed: number;
  },
): OccupancyGrid {
  const { march, bounds, cameras, resolution, seed } = scene;
  const { center, halfSize, levels, decay, meanFactor, contracted } = march;
  const visible = bounds.bounded
    ? undefined
    : visibleCells(cameras, { levels, resolution, center, halfSize });
  return createOccupancyGrid(kernels, {
    ...{ resolution, levels, decay, meanFactor, seed, visible },
    visibleOnly: contracted,
  });
}
