/** The network of vanilla NeRF: position and view direction in, density and colour out (nerfstudio's NeRFField). */
import type { TensorParameter } from '../../tensors/sharedTensor.ts';
import * as tf from '../../tensors/tf.ts';
import { type DenseLayerSettings, denseLayer } from './denseLayer.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

export interface RadianceNetwork {
  readonly parameters: readonly TensorParameter[];
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
  const layer = (name: string, inputs: number, outputs: number, further?: DenseLayerSettings['further']) =>
    denseLayer({
      name: `${settings.name}/${name}`,
      inputs,
      further,
      outputs,
      activation: name === 'density' || name === 'color' ? 'linear' : 'relu',
      seed,
      index: index++,
    });
  const isSkip = (position: number) => base.skipLayers.includes(position);
  const baseLayers = Array.from({ length: base.layers }, (_, position) =>
    layer(
      `base/${position}`,
      position === 0 ? positionSize : base.width,
      base.width,
      isSkip(position) ? { name: 'position', inputs: positionSize } : undefined,
    ),
  );
  const densityLayer = layer('density', base.width, 1);
  const headLayers = Array.from({ length: head.layers }, (_, position) =>
    layer(
      `head/${position}`,
      position === 0 ? base.width : head.width,
      head.width,
      position === 0 ? { name: 'direction', inputs: directionSize } : undefined,
    ),
  );
  const colorLayer = layer('color', head.width, 3);
  const layers = [...baseLayers, densityLayer, ...headLayers, colorLayer];
  const parameters = layers.flatMap((each) => each.parameters);

  return {
    parameters,
    densities(positions) {
      let features = positions;
      baseLayers.forEach((each, position) => {
        features = each.apply(features, isSkip(position) ? positions : undefined);
      });
      return { features, densities: tf.softplus(densityLayer.apply(features)) };
    },
    colors(features, directions) {
      let hidden = features;
      headLayers.forEach((each, position) => {
        hidden = each.apply(hidden, position === 0 ? directions : undefined);
      });
      return tf.sigmoid(colorLayer.apply(hidden));
    },
    dispose() {
      for (const { variable } of parameters) variable.dispose();
    },
  };
}
