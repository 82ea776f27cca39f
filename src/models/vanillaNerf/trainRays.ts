/** Losses and gradients of both networks over a step's rays, some rays at a time. */
import type { RayBatch } from '../../data/rayBatch.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import { resampleEdges } from '../../samplers/resampleEdges.ts';
import * as tf from '../../tensors/tf.ts';
import type { GradientSum } from './gradientSum.ts';
import type { RadianceNetwork } from './radianceNetwork.ts';
import { shadeRays, weighSamples } from './shadeRays.ts';
import { stratifiedEdges } from './stratifiedEdges.ts';
import type { VanillaNerf } from './vanillaNerf.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

/** Mean squared errors over rays and channels. */
export interface TrainLosses {
  readonly coarse: number;
  readonly fine: number;
}

/**
 * Each pass evaluates as many rays as fit into `samplesPerPass`; a pass of the coarse network and one of the fine network are
 * separate tapes, because nothing is differentiated through the choice of samples: so memory does not grow with the rays.
 * @param rays the first `count` are trained on
 * @param gradients gets the sums, in the order of the rays
 */
export function trainRays(
  model: VanillaNerf,
  rays: RayBatch,
  step: number,
  count: number,
  gradients: GradientSum,
): TrainLosses {
  const { config, seed } = model;
  const { coarseSamples, importanceSamples } = config;
  const key = randomKey(seed, RandomStream.march, step);
  const losses = { coarse: 0, fine: 0 };
  for (let first = 0; first < count; first += model.raysPerPass) {
    const passRays = Math.min(model.raysPerPass, count - first);
    const learn = (network: RadianceNetwork, edges: Float32Array) =>
      tf.tidy(() => {
        const distances = model.space.toDistances(edges, passRays, first, rays);
        const samples = model.encoder.encode(distances, passRays, first, rays);
        const background = backgrounds(config.background, seed, step, first, passRays);
        const target = targetColors(rays.rgba, background, first);
        const behind = tf.tensor2d(background, [passRays, 3]);
        const wanted = tf.tensor2d(target, [passRays, 3]);
        let weights = new Float32Array();
        const { value, grads } = tf.variableGrads(
          () => {
            const weighed = weighSamples(network, samples);
            weights = weighed.weights.dataSync<'float32'>() as Float32Array<ArrayBuffer>;
            const colors = shadeRays(network, samples, weighed, behind);
            return tf.div(tf.sum(tf.squaredDifference(colors, wanted)), 3 * count) as tf.Scalar;
          },
          network.parameters.map(({ variable }) => variable),
        );
        gradients.add(grads);
        return { loss: value.dataSync()[0]!, weights };
      });
    const edges = stratifiedEdges(passRays, coarseSamples, (ray, index) =>
      uniformAt(key, (first + ray) * (coarseSamples + 1) + index),
    );
    const coarse = learn(model.coarse, edges);
    const drawn = count * (coarseSamples + 1);
    const fineEdges = resampleEdges(coarse.weights, edges, passRays, {
      ...model.resampling,
      jitter: (ray, index) => uniformAt(key, drawn + (first + ray) * (importanceSamples + 1) + index),
    });
    losses.coarse += coarse.loss;
    losses.fine += learn(model.fine, fineEdges).loss;
  }
  return losses;
}

/** What each ray is composited over. @returns [rays, 3] float32, 0..1 */
function backgrounds(
  background: VanillaNerfConfig['background'],
  seed: number,
  step: number,
  first: number,
  rays: number,
): Float32Array {
  const colors = new Float32Array(rays * 3);
  if (background !== 'random') return colors.fill(background === 'white' ? 1 : 0);
  const key = randomKey(seed, RandomStream.background, step);
  return colors.map((_, index) => uniformAt(key, first * 3 + index));
}

/** The photos' colours over the same background. @param rgba [>= first + rays, 4] float32, straight alpha */
function targetColors(rgba: Float32Array, background: Float32Array, first: number): Float32Array {
  return background.map((behind, index) => {
    const at = (first + Math.floor(index / 3)) * 4;
    const alpha = rgba[at + 3]!;
    return rgba[at + (index % 3)]! * alpha + behind * (1 - alpha);
  });
}
