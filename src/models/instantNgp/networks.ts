/** The two multilayer perceptrons: their parameters, and the layer descriptors and packed copies the kernels read. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { layerLayout } from '../../kernels/layouts.ts';
import { structAt } from '../../kernels/structs.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';
import type { InstantNgpConfig } from './instantNgpSchema.ts';

/** Components of the view direction's encoding: spherical harmonics up to degree 3. */
export const directionComponents = 16;

/** Bias-free dense layers, ReLU between them. */
export interface Networks {
  /** `density/0`, ..., `color/0`, ...: weights [inputs, outputs] */
  readonly parameters: readonly SharedParameter[];
  readonly densityLayers: number;
  readonly colorLayers: number;
  /** Address of the layer descriptors. */
  readonly layers: number;
  /** Bytes of one unit's weight gradients. */
  readonly gradientBytes: number;
  /** Address of the list of gradient addresses. */
  readonly gradientTargets: number;
  /** Widest hidden layer. */
  readonly hiddenWidth: number;
  dispose(): void;
}

/** Inputs and outputs of each layer. @param encoded features of the hash grid, a multiple of 4 */
export function layerShapes(
  config: InstantNgpConfig,
  encoded: number,
): { name: string; inputs: number; outputs: number }[] {
  const { density, color } = config;
  const chain = (name: string, inputs: number, width: number, hiddenLayers: number, outputs: number) =>
    Array.from({ length: hiddenLayers + 1 }, (_, index) => ({
      name: `${name}/${index}`,
      inputs: index === 0 ? inputs : width,
      outputs: index === hiddenLayers ? outputs : width,
    }));
  return [
    ...chain('density', encoded, density.width, density.hiddenLayers, density.outputs),
    ...chain(
      'color',
      density.outputs + directionComponents + config.appearanceDimensions,
      color.width,
      color.hiddenLayers,
      3,
    ),
  ];
}

/** Initial weights of layer `index`: uniform in +-sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010). */
export function fillWeights(
  data: Float32Array,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
  index: number,
  seed: number,
): void {
  const bound = Math.sqrt(6 / (inputs + outputs));
  const key = randomKey(seed, RandomStream.initialization, index + 1);
  for (let k = 0; k < data.length; k++) data[k] = (uniformAt(key, k) * 2 - 1) * bound;
}

/** Parameters with their initial weights, and everything that the kernels read of them. */
export function createNetworks(
  kernels: KernelPool,
  config: InstantNgpConfig,
  encoded: number,
  seed: number,
): Networks {
  const shapes = layerShapes(config, encoded);
  const parameters = shapes.map((layer, index) =>
    sharedParameter(kernels, layer.name, [layer.inputs, layer.outputs], (data) =>
      fillWeights(data, layer, index, seed),
    ),
  );
  const layers = kernels.allocate(shapes.length * layerLayout.bytes);
  const owned = [layers];
  let gradientBytes = 0;
  shapes.forEach(({ inputs, outputs }, index) => {
    const padded = Math.ceil(outputs / 4) * 4;
    const bytes = inputs * padded * 4;
    const packed = kernels.allocate(bytes);
    const packedTransposed = kernels.allocate(bytes);
    owned.push(packed, packedTransposed);
    structAt(kernels, layerLayout, layers + index * layerLayout.bytes).set({
      inputs,
      outputs: padded,
      trueOutputs: outputs,
      packed,
      packedTransposed,
      gradientOffset: gradientBytes,
      weights: parameters[index]!.address,
    });
    gradientBytes += bytes;
  });
  const gradientTargets = kernels.allocate(shapes.length * 4);
  owned.push(gradientTargets);
  kernels
    .int32(gradientTargets, shapes.length)
    .set(parameters.map((parameter) => parameter.gradient.address));
  const densityLayers = config.density.hiddenLayers + 1;
  return {
    parameters,
    densityLayers,
    colorLayers: shapes.length - densityLayers,
    layers,
    gradientBytes,
    gradientTargets,
    hiddenWidth: Math.max(config.density.width, config.color.width, config.density.outputs),
    dispose() {
      for (const parameter of parameters) parameter.dispose();
      for (const address of owned) kernels.release(address);
    },
  };
}
