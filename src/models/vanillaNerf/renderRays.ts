/** Rendering without randomness, forward only, some rays at a time. */
import type { CropTransform } from '../../pipeline/pipeline.ts';
import { renderExpectedDepth } from '../../renderers/renderDepth.ts';
import { renderAccumulation } from '../../renderers/renderWeights.ts';
import { resampleEdges } from '../../samplers/resampleEdges.ts';
import * as tf from '../../tensors/tf.ts';
import type { RayBuffers } from '../radianceModel.ts';
import { shadeRays, weighSamples } from './shadeRays.ts';
import { stratifiedEdges } from './stratifiedEdges.ts';
import type { VanillaNerf } from './vanillaNerf.ts';

/** Writes `colors` and `depths` of the first `count` rays. @param crop what alone is shown */
export function renderRays(
  model: VanillaNerf,
  rays: RayBuffers,
  count: number,
  background: 'white' | 'black',
  crop?: CropTransform,
): void {
  const { config, coarse, fine, space, encoder } = model;
  for (let first = 0; first < count; first += model.raysPerPass) {
    const passRays = Math.min(model.raysPerPass, count - first);
    const samplesOf = (edges: Float32Array) => {
      const distances = space.toDistances(edges, passRays, first, rays, crop);
      return encoder.encode(distances, passRays, first, rays);
    };
    const edges = stratifiedEdges(passRays, config.coarseSamples);
    const weights = tf.tidy(() => ({
      values: weighSamples(coarse, samplesOf(edges)).weights.dataSync<'float32'>(),
    })).values;
    const fineEdges = resampleEdges(weights, edges, passRays, model.resampling);
    tf.tidy(() => {
      const samples = samplesOf(fineEdges);
      const weighed = weighSamples(fine, samples);
      const colors = shadeRays(fine, samples, weighed, background).dataSync();
      const opacities = renderAccumulation(weighed.weights).dataSync();
      const depths = renderExpectedDepth(weighed.weights, samples.starts, samples.ends).dataSync();
      for (let ray = 0; ray < passRays; ray++) {
        rays.colors.set(colors.subarray(ray * 3, ray * 3 + 3), (first + ray) * 4);
        rays.colors[(first + ray) * 4 + 3] = 1 - opacities[ray]!;
        rays.depths[first + ray] = depths[ray]!;
      }
    });
  }
}
