/** From bins along rays to what the networks take: encoded positions and directions. */

import type { Rays } from '../../data/rayBatch.ts';
import { type FrequencyEncodingSettings, frequencyEncoding } from '../../fields/frequencyEncoding.ts';
import { sceneContraction } from '../../fields/sceneContraction.ts';
import * as tf from '../../tensors/tf.ts';
import type { SceneBounds } from '../radianceModel.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

/** Samples of some rays, as a network takes them. */
export interface EncodedSamples {
  /** [rays * samples, encoded] float32 */
  readonly positions: tf.Tensor2D;
  /** [rays, encoded] float32 */
  readonly directions: tf.Tensor2D;
  /** [rays, samples, 1] float32, distances along the ray */
  readonly starts: tf.Tensor3D;
  readonly ends: tf.Tensor3D;
}

/** Encodes the middles of bins. */
export interface SampleEncoder {
  readonly positionSize: number;
  readonly directionSize: number;
  /**
   * @param distances [rays, samples + 1] float32, the bins' edges
   * @param first the ray of `all` that is the first one in `distances`
   * @returns tensors that the caller disposes
   */
  encode(distances: Float32Array, rays: number, first: number, all: Rays): EncodedSamples;
}

/** What positions are divided by before they are encoded: the lowest sine has one period in a box of this side. */
export function encodedSide({ bounded, aabb }: SceneBounds): number {
  // Contracted space is a cube of side 4.
  return bounded ? Math.max(...[0, 1, 2].map((axis) => aabb[axis + 3]! - aabb[axis]!)) : 4;
}

/** @param bounds of a scene that is not bounded, positions are contracted into a cube (mip-NeRF 360) */
export function createSampleEncoder(
  config: Pick<VanillaNerfConfig, 'positionEncoding' | 'directionEncoding'>,
  bounds: SceneBounds,
): SampleEncoder {
  const position = settingsOf(config.positionEncoding);
  const direction = settingsOf(config.directionEncoding);
  const middle = bounds.bounded
    ? [0, 1, 2].map((axis) => (bounds.aabb[axis]! + bounds.aabb[axis + 3]!) / 2)
    : [0, 0, 0];
  const side = encodedSide(bounds);
  return {
    positionSize: encodedSize(position),
    directionSize: encodedSize(direction),
    encode(distances, rays, first, { origins, directions }) {
      const samples = distances.length / rays - 1;
      const starts = new Float32Array(rays * samples);
      const ends = new Float32Array(rays * samples);
      const centres = new Float32Array(rays * samples * 3);
      for (let ray = 0; ray < rays; ray++)
        for (let k = 0; k < samples; k++) {
          const at = ray * samples + k;
          starts[at] = distances[ray * (samples + 1) + k]!;
          ends[at] = distances[ray * (samples + 1) + k + 1]!;
          const distance = (starts[at] + ends[at]) / 2;
          for (let axis = 0; axis < 3; axis++) {
            const component = (first + ray) * 3 + axis;
            centres[at * 3 + axis] = origins[component]! + distance * directions[component]! - middle[axis]!;
          }
        }
      return tf.tidy(() => {
        const points = tf.tensor2d(centres, [rays * samples, 3]);
        const space = bounds.bounded ? points : sceneContraction(points, 'Linf');
        const towards = tf.tensor2d(directions.slice(first * 3, (first + rays) * 3), [rays, 3]);
        return {
          positions: frequencyEncoding(tf.div(space, side), position),
          directions: frequencyEncoding(towards, direction),
          starts: tf.tensor3d(starts, [rays, samples, 1]),
          ends: tf.tensor3d(ends, [rays, samples, 1]),
        };
      });
    },
  };
}

function settingsOf(encoding: VanillaNerfConfig['positionEncoding']): FrequencyEncodingSettings {
  const { frequencies, minExponent, maxExponent } = encoding;
  return { numFrequencies: frequencies, minExponent, maxExponent, includeInput: true };
}

/** Components of three encoded coordinates. */
function encodedSize({ numFrequencies }: FrequencyEncodingSettings): number {
  return 3 * (2 * numFrequencies + 1);
}
