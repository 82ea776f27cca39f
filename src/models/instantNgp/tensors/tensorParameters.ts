/** instant-ngp's parameters as tensors of whatever backend is active: names, shapes and initial values as on the kernels. */
import { type HashGridLevel, hashGridEntries, hashGridLevels } from '../../../fields/hashGridLevels.ts';
import type { TensorParameter } from '../../../tensors/sharedTensor.ts';
import * as tf from '../../../tensors/tf.ts';
import { fillAppearance } from '../appearance.ts';
import { fillTable } from '../encoding.ts';
import type { InstantNgpConfig } from '../instantNgpSchema.ts';
import { fillWeights, layerShapes } from '../networks.ts';

export interface TensorParameters {
  readonly levels: readonly HashGridLevel[];
  readonly table: TensorParameter;
  /** The density network's layers, then the colour network's. */
  readonly networks: readonly TensorParameter[];
  readonly densityLayers: number;
  readonly appearance?: TensorParameter;
  dispose(): void;
}

/** @param images number of training images @param maxResolution cells a side of the finest level */
export function createTensorParameters(
  config: InstantNgpConfig,
  { images, maxResolution, seed }: { images: number; maxResolution: number; seed: number },
): TensorParameters {
  const levels = hashGridLevels({ ...config.hashGrid, maxResolution });
  const { featuresPerLevel } = config.hashGrid;
  const table = parameter('hash_grid', [hashGridEntries(levels), featuresPerLevel], (data) =>
    fillTable(data, seed),
  );
  const encoded = Math.ceil((levels.length * featuresPerLevel) / 4) * 4;
  const networks = layerShapes(config, encoded).map((layer, index) =>
    parameter(layer.name, [layer.inputs, layer.outputs], (data) => fillWeights(data, layer, index, seed)),
  );
  const size = config.appearanceDimensions;
  const appearance =
    size > 0 ? parameter('appearance', [images, size], (data) => fillAppearance(data, seed)) : undefined;
  return {
    levels,
    table,
    networks,
    densityLayers: config.density.hiddenLayers + 1,
    ...(appearance && { appearance }),
    dispose() {
      for (const { variable } of [table, ...networks, ...(appearance ? [appearance] : [])])
        variable.dispose();
    },
  };
}

function parameter(name: string, shape: number[], fill: (data: Float32Array) => void): TensorParameter {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  fill(data);
  const initial = tf.tensor(data, shape, 'float32');
  const variable = tf.variable(initial, true);
  initial.dispose();
  return { name, variable };
}
