/** Edges of even bins along rays, each moved at random by up to half a bin. */

/**
 * As nerfstudio's SpacedSampler: between the middles of the bins beside it, every edge is equally likely anywhere; the outermost
 * ones stay within the ray.
 * @param jitter where between its limits edge `index` of ray `ray` lies, 0..1; without it the edges are even
 * @returns [rays, samples + 1] float32 in 0..1, ascending
 */
export function stratifiedEdges(
  rays: number,
  samples: number,
  jitter?: (ray: number, index: number) => number,
): Float32Array {
  const edges = new Float32Array(rays * (samples + 1));
  for (let ray = 0; ray < rays; ray++)
    for (let index = 0; index <= samples; index++) {
      const lower = Math.max(0, index - 0.5);
      const upper = Math.min(samples, index + 0.5);
      const position = jitter ? lower + (upper - lower) * jitter(ray, index) : index;
      edges[ray * (samples + 1) + index] = position / samples;
    }
  return edges;
}
