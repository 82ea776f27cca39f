/** The network of vanilla NeRF: position and view direction in, density and colour out (nerfstudio's NeRFField). */
import type { Parameter } from '../../pipeline/pipeline.ts';
import * as tf from '../../tensors/tf.ts';
import { type DenseLayer, denseLayer } from './denseLayer.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

export interface RadianceNetwork {
  readonly parameters: readonly Parameter[];
  /**
   * Differentiable in the parameters.
   * @param positions [samples, encoded] float32
   * @returns features [samples, width] and densities [samples, 1] float32, > 0, per model unit; the caller disposes them
   */
  densities(positions: tf.Tensor2D): { readonly features: tf.Tensor2D; readonly densities: tf.Tensor2D };
  /**
   * @param features of {@link densities}; the samples of a ray follow each other, as many on each
   * @param directions [rays, encoded] float32
   * @returns [samples, 3] float32, 0..1; the caller disposes it
   */
  colors(features: tf.Tensor2D, directions: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

export interface RadianceNetworkSettings {
  readonly config: Pick<VanillaNerfConfig, 'base' | 'head'>;
  /** Beginning of all parameters' names. */
  readonly name: string;
  /** Components of an encoded position and direction. */
  readonly positionSize: number;
  readonly directionSize: number;
  readonly seed: number;
  /** Different for each network of a model. */
  readonly index: number;
}

/** Layers a network may have: networks draw their initial values from different sequences. */
const layersPerNetwork = 64;

export function createRadianceNetwork(settings: RadianceNetworkSettings): RadianceNetwork {
  const { config, positionSize, directionSize, seed } = settings;
  const { base, head } = config;
  let index = settings.index * layersPerNetwork;
  const layer = (name: string, inputs: number, outputs: number, activation: 'relu' | 'linear') =>
    denseLayer({ name: `${settings.name}/${name}`, inputs, outputs, activation, seed, index: index++ });
  const isSkip = (position: number) => base.skipLayers.includes(position);
  const baseLayers = Array.from({ length: base.layers }, (_, position) => {
    const inputs = position === 0 ? positionSize : base.width + (isSkip(position) ? positionSize : 0);
    return layer(`base/${position}`, inputs, base.width, 'relu');
  });
  const densityLayer = layer('density', base.width, 1, 'linear');
  const headLayers = Array.from({ length: head.layers }, (_, position) =>
    layer(`head/${position}`, position === 0 ? base.width + directionSize : head.width, head.width, 'relu'),
  );
  const colorLayer = layer('color', head.width, 3, 'linear');
  const layers: readonly DenseLayer[] = [...baseLayers, densityLayer, ...headLayers, colorLayer];
  const parameters = layers.flatMap((each) => each.parameters);

  return {
    parameters,
    densities(positions) {
      let features = positions;
      baseLayers.forEach((each, position) => {
        features = each.apply(isSkip(position) ? tf.concat([positions, features], 1) : features);
      });
      return { features, densities: tf.softplus(densityLayer.apply(features)) };
    },
    colors(features, directions) {
      const rays = directions.shape[0];
      const samples = features.shape[0] / rays;
      const perSample = tf.reshape(tf.tile(tf.expandDims(directions, 1), [1, samples, 1]), [
        rays * samples,
        directionSize,
      ]);
      let hidden = tf.concat([features, perSample], 1) as tf.Tensor2D;
      for (const each of headLayers) hidden = each.apply(hidden);
      return tf.sigmoid(colorLayer.apply(hidden));
    },
    dispose() {
      for (const { variable } of parameters) variable.dispose();
    },
  };
}
