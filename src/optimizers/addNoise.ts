/** Gaussian noise on gradients, which fades. */
import { mix32, RandomStream, randomAt, randomKey } from '../rng.ts';
import * as tf from '../tensors/tf.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

export interface AddNoiseSettings {
  /** Variance in the first step, > 0. */
  readonly eta: number;
  /** How fast the variance falls, >= 0; 0.55 in the paper. */
  readonly gamma: number;
  readonly seed: number;
}

/**
 * Adds to each element a normal random number of variance `eta / t^gamma`, t counting from 1 (Neelakantan et al. 2015). The
 * numbers are a function of (seed, step, parameter's name, element).
 */
export function addNoise({ eta, gamma, seed }: AddNoiseSettings): Transform {
  const deviation = (count: number) => Math.sqrt(eta / (1 + count) ** gamma);
  const key = (name: string, count: number) => randomKey(seed ^ hashOf(name), RandomStream.noise, count);
  return perParameter({
    memory: { slots: {}, scalars: { noiseCount: 0 } },
    update(gradient, { scalars: { noiseCount = 0 } }, _parameter, _learningRate, name) {
      const noise = normalNoise(key(name, noiseCount), gradient.size, deviation(noiseCount));
      return {
        update: tf.add(gradient, tf.tensor(noise, gradient.shape)),
        scalars: { noiseCount: noiseCount + 1 },
      };
    },
    updateInPlace(kernels, { name, gradient, count, scalars }) {
      const { noiseCount = 0 } = scalars;
      // The kernel takes an int32 and reads it as unsigned.
      const signedKey = key(name, noiseCount) | 0;
      kernels.run('addNormalNoise', count, [gradient, signedKey, deviation(noiseCount)]);
      scalars['noiseCount'] = noiseCount + 1;
    },
  });
}

/** Box and Muller's transform of two uniform numbers an element. */
function normalNoise(key: number, length: number, deviation: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => {
    const radius = 1 - (randomAt(key, 2 * index) >>> 8) * 2 ** -24;
    const angle = (randomAt(key, 2 * index + 1) >>> 8) * 2 ** -24;
    return deviation * Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  });
}

function hashOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = mix32(hash + (character.codePointAt(0) as number));
  return hash;
}
