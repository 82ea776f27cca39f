/** Rendering rays, and training on them, by tensor operations, in portions that bound the memory they take. */
import { sphericalHarmonics } from '../../../fields/sphericalHarmonics.ts';
import { uniformAt } from '../../../rng.ts';
import type { TensorParameter } from '../../../tensors/sharedTensor.ts';
import * as tf from '../../../tensors/tf.ts';
import type { RayBuffers } from '../../radianceModel.ts';
import {
  geometryOf,
  gradientSharesOf,
  opticalDepthsOf,
  type PackedSamples,
  photometricLoss,
  type ReferenceNetworks,
  renderSamples,
} from '../reference/renderSamples.ts';
import type { Survivors } from './marchSurvivors.ts';
import type { TensorParameters } from './tensorParameters.ts';

/** What lies behind the rays: one grey, or a random colour for each ray. */
export type Background = { readonly gray: number } | { readonly randomKey: number };

/** Samples of a portion: some hundred bytes each for every corner of every level. */
const portionSamples = 1 << 14;
/** Bands of spherical harmonics: 16 components (networks.ts). */
const harmonicLevels = 4;

/** Density times length of samples, without gradients. @param positions [samples, 3] in 0..1 @returns [samples] float32 */
export function sampleOpticalDepths(
  parameters: TensorParameters,
  positions: Float32Array,
  steps: Float32Array,
): Float32Array {
  const result = new Float32Array(steps.length);
  for (let begin = 0; begin < steps.length; begin += portionSamples) {
    const end = Math.min(steps.length, begin + portionSamples);
    const depths = tf.tidy(() => {
      const geometry = geometryOf(networksOf(parameters), positions.slice(begin * 3, end * 3));
      return opticalDepthsOf(geometry, steps.slice(begin, end));
    });
    // Read outside of `tidy`, which would look for tensors in every element of an array that it returns.
    result.set(depths.dataSync<'float32'>(), begin);
    depths.dispose();
  }
  return result;
}

/** Writes colours and depths of rays 0..count-1. @param unitsPerDistance unit coordinates over model coordinates */
export function renderRays(
  parameters: TensorParameters,
  rays: RayBuffers,
  count: number,
  survivors: Survivors,
  background: Background,
  unitsPerDistance: number,
): void {
  for (const portion of portionsOf(survivors, count))
    tf.tidy(() => {
      const inputs = inputsOf(parameters, rays, portion, background);
      const out = inputs
        .render({ distances: survivors.distances.slice(portion.firstSample, portion.lastSample) })
        .dataSync();
      for (let ray = portion.firstRay, at = 0; ray < portion.lastRay; ray++, at += 5) {
        for (let k = 0; k < 4; k++) rays.colors[ray * 4 + k] = out[at + k]!;
        const opacity = Math.max(1 - out[at + 3]!, 1e-6);
        rays.depths[ray] = out[at + 4]! / (opacity * unitsPerDistance);
      }
    });
}

/**
 * Mean squared error over rays 0..count-1, and its gradients by parameter name; the caller disposes them.
 * @param gradientScaling distance up to which gradients are scaled down, unit coordinates; 0: none are
 */
export function trainRays(
  parameters: TensorParameters,
  rays: RayBuffers,
  count: number,
  survivors: Survivors,
  background: Background,
  gradientScaling: number,
): { loss: number; gradients: Record<string, tf.Tensor> } {
  const { table, networks, appearance } = parameters;
  const trained: readonly TensorParameter[] = [table, ...networks, ...(appearance ? [appearance] : [])];
  let loss = 0;
  let sums: tf.Tensor[] | undefined;
  for (const portion of portionsOf(survivors, count)) {
    const share = (portion.lastRay - portion.firstRay) / count;
    const [value, ...gradients] = tf.tidy(() => {
      const inputs = inputsOf(parameters, rays, portion, background);
      const distances = survivors.distances.subarray(portion.firstSample, portion.lastSample);
      const gradientShares = gradientSharesOf(distances, gradientScaling);
      const lossOf = () =>
        tf.mul(
          photometricLoss(inputs.render({ gradientShares }), inputs.rgba, inputs.background),
          share,
        ) as tf.Scalar;
      if (portion.firstSample === portion.lastSample) return [lossOf()];
      const result = tf.variableGrads(
        lossOf,
        trained.map(({ variable }) => variable),
      );
      return [result.value, ...trained.map(({ variable }) => result.grads[variable.name] as tf.Tensor)];
    }) as [tf.Tensor, ...tf.Tensor[]];
    loss += value.dataSync()[0]!;
    value.dispose();
    if (gradients.length > 0) sums = sums ? addInto(sums, gradients) : gradients;
  }
  sums ??= trained.map(({ variable }) => tf.zeros(variable.shape));
  return { loss, gradients: Object.fromEntries(trained.map(({ name }, k) => [name, sums[k] as tf.Tensor])) };
}

function addInto(sums: readonly tf.Tensor[], more: readonly tf.Tensor[]): tf.Tensor[] {
  const added = sums.map((sum, k) => tf.add(sum, more[k] as tf.Tensor));
  tf.dispose([...sums, ...more]);
  return added;
}

interface Portion extends Survivors {
  readonly firstRay: number;
  readonly lastRay: number;
  readonly firstSample: number;
  readonly lastSample: number;
}

/** Whole rays, of about {@link portionSamples} survivors together. */
function* portionsOf(survivors: Survivors, count: number): Generator<Portion> {
  const { rays } = survivors;
  let sample = 0;
  for (let ray = 0; ray < count; ) {
    const [firstRay, firstSample] = [ray, sample];
    do {
      while (sample < rays.length && rays[sample] === ray) sample++;
      ray++;
    } while (ray < count && sample - firstSample < portionSamples);
    yield { ...survivors, firstRay, lastRay: ray, firstSample, lastSample: sample };
  }
}

/** A portion's rays as tensors of the surrounding `tf.tidy`, and the rendering of its samples. */
function inputsOf(parameters: TensorParameters, rays: RayBuffers, portion: Portion, behind: Background) {
  const { firstRay, lastRay, firstSample, lastSample } = portion;
  const count = lastRay - firstRay;
  const rows = (data: Float32Array, width: number) =>
    tf.tensor2d(data.slice(firstRay * width, lastRay * width), [count, width]);
  const background = backgroundOf(behind, firstRay, count);
  const directions = sphericalHarmonics(rows(rays.directions, 3), harmonicLevels);
  const samples = {
    positions: portion.positions.slice(firstSample * 3, lastSample * 3),
    steps: portion.steps.slice(firstSample, lastSample),
    rays: portion.rays.slice(firstSample, lastSample).map((ray) => ray - firstRay),
  };
  const images = rays.imageIndex.slice(firstRay, lastRay);
  return {
    background,
    rgba: rows(rays.rgba, 4),
    render: (more: Pick<PackedSamples, 'distances' | 'gradientShares'>) =>
      renderSamples(
        networksOf(parameters),
        { ...samples, ...more },
        directions,
        background,
        appearanceOf(parameters, images),
      ),
  };
}

/** Vectors of the rays' images, zeros for rays of none (-1). @returns [rays, size] float32 */
function appearanceOf({ appearance }: TensorParameters, images: Int32Array): tf.Tensor2D | undefined {
  if (!appearance) return undefined;
  const rows = tf.gather(
    appearance.variable as tf.Tensor,
    tf.tensor1d(
      images.map((image) => Math.max(0, image)),
      'int32',
    ),
  );
  const isKnown = tf.tensor2d(
    Float32Array.from(images, (image) => (image < 0 ? 0 : 1)),
    [images.length, 1],
  );
  return tf.mul(rows, isKnown) as tf.Tensor2D;
}

function backgroundOf(background: Background, firstRay: number, count: number): tf.Tensor2D {
  const colors = new Float32Array(count * 3);
  if ('gray' in background) colors.fill(background.gray);
  else for (let k = 0; k < colors.length; k++) colors[k] = uniformAt(background.randomKey, firstRay * 3 + k);
  return tf.tensor2d(colors, [count, 3]);
}

function networksOf({ table, levels, networks, densityLayers }: TensorParameters): ReferenceNetworks {
  const weights = networks.map(({ variable }) => variable as unknown as tf.Tensor2D);
  return {
    table: table.variable as unknown as tf.Tensor2D,
    levels,
    density: weights.slice(0, densityLayers),
    color: weights.slice(densityLayers),
  };
}
