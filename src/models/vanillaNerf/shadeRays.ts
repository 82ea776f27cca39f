/** Volume rendering of some rays with one network. */
import { type RenderBackground, renderRgb } from '../../renderers/renderRgb.ts';
import { renderWeights } from '../../renderers/renderWeights.ts';
import * as tf from '../../tensors/tf.ts';
import type { RadianceNetwork } from './radianceNetwork.ts';
import type { EncodedSamples } from './sampleEncoder.ts';

/** How much each sample weighs, and what the network found there. @returns weights [rays, samples, 1]; differentiable */
export function weighSamples(network: RadianceNetwork, { positions, starts, ends }: EncodedSamples) {
  const { features, densities } = network.densities(positions);
  const weights = renderWeights(tf.reshape(densities, starts.shape), starts, ends);
  return { features, weights };
}

/** Colours of rays over a background. @returns [rays, 3] float32; differentiable; the caller disposes it */
export function shadeRays(
  network: RadianceNetwork,
  { directions }: EncodedSamples,
  { features, weights }: ReturnType<typeof weighSamples>,
  background: RenderBackground,
): tf.Tensor2D {
  const [rays, samples] = weights.shape;
  const colors = tf.reshape(network.colors(features, directions), [rays, samples, 3]) as tf.Tensor3D;
  return renderRgb(weights, colors, background);
}
