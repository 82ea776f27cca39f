/** Where along a ray samples may lie, and where they lie in space. */
import { stretchWithin } from '../../data/cropBox.ts';
import type { Rays } from '../../data/rayBatch.ts';
import { ConfigError } from '../../errors.ts';
import type { CropTransform } from '../../pipeline/pipeline.ts';
import { linDispPiecewiseSpacing, type Spacing, uniformSpacing } from '../../samplers/spacing.ts';
import type { SceneBounds } from '../radianceModel.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

/** The stretch of each ray that is sampled, in a coordinate in which samples are evenly spaced at first. */
export interface SampleSpace {
  /**
   * Distances along rays, model units.
   * @param edges [rays, n] float32 in 0..1, from the beginning to the end of the ray's stretch
   * @param first the ray of `all` that is the first one in `edges`
   * @param crop what alone is sampled
   * @returns [rays, n] float32; all equal for a ray that misses the box of a bounded scene, or `crop`
   */
  toDistances(
    edges: Float32Array,
    rays: number,
    first: number,
    all: Rays,
    crop?: CropTransform,
  ): Float32Array;
}

const unboundedNear = 0.05;
const unboundedFar = 1000;

/** Bounded scenes: from where a ray enters the box to where it leaves it. Else: near to far, more of it near. */
export function createSampleSpace(
  { bounded, aabb }: SceneBounds,
  { near, far }: Pick<VanillaNerfConfig, 'near' | 'far'>,
): SampleSpace {
  const spacing: Spacing = bounded ? uniformSpacing : linDispPiecewiseSpacing;
  const least = near ?? (bounded ? 0 : unboundedNear);
  const most = far ?? (bounded ? Number.POSITIVE_INFINITY : unboundedFar);

  if (!(least < most))
    throw new ConfigError(`model.near: ${least} lies behind model.far, ${most}; set both`, {
      path: 'model.near',
    });

  /** [begin, end] of a ray, model units. */
  const stretch = (at: number, { origins, directions }: Rays): readonly [number, number] => {
    if (!bounded) return [least, most];
    let [enter, leave] = [least, most];
    for (let axis = 0; axis < 3; axis++) {
      const origin = origins[at + axis]!;
      const direction = directions[at + axis]!;
      const a = (aabb[axis]! - origin) / direction;
      const b = (aabb[axis + 3]! - origin) / direction;
      // A ray in the plane of a face: 0 / 0, which says nothing.
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      enter = Math.max(enter, Math.min(a, b));
      leave = Math.min(leave, Math.max(a, b));
    }
    return leave > enter ? [enter, leave] : [least, least];
  };

  return {
    toDistances(edges, rays, first, all, crop) {
      const count = edges.length / rays;
      const distances = new Float32Array(edges.length);
      for (let ray = 0; ray < rays; ray++) {
        const at = (first + ray) * 3;
        const whole = stretch(at, all);
        const within = crop ? stretchWithin(crop, all, at, whole) : whole;
        const [begin, end] = within.map(spacing.toCoordinate) as [number, number];
        for (let k = ray * count; k < (ray + 1) * count; k++)
          distances[k] = spacing.toDistance(begin + edges[k]! * (end - begin));
      }
      return distances;
    },
  };
}
