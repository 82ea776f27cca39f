/** The little arithmetic on gradients that guards and clipping need: on the kernels where a gradient lies in their memory. */
import { reduceElementwise, runElementwise } from '../kernels/elementwise.ts';
import type { KernelPool } from '../kernels/kernelPool.ts';
import { liveValues, ownValues } from '../tensors/liveValues.ts';
import * as tf from '../tensors/tf.ts';

/** What it returns is either the argument, overwritten, or a new tensor that the caller disposes. */
export interface GradientMath {
  /** Whether every element is a finite number. */
  isFinite(gradient: tf.Tensor): boolean;
  /** Sum of the elements' squares, in float64 where the engine has it. */
  sumOfSquares(gradient: tf.Tensor): number;
  /** Every element times `factor`. */
  scale(gradient: tf.Tensor, factor: number): tf.Tensor;
  /** Every element cut to -limit..limit. */
  clamp(gradient: tf.Tensor, limit: number): tf.Tensor;
}

/** @param kernels the engine's; without them, everything is computed by tfjs operations */
export function createGradientMath(kernels?: KernelPool): GradientMath {
  return kernels ? kernelMath(kernels) : referenceMath;
}

const referenceMath: GradientMath = {
  isFinite: (gradient) => tf.tidy(() => tf.all(tf.isFinite(gradient)).dataSync()[0] !== 0),
  sumOfSquares: (gradient) => tf.tidy(() => tf.sum(tf.square(gradient)).dataSync()[0] as number),
  scale: (gradient, factor) => tf.mul(gradient, factor),
  clamp: (gradient, limit) => tf.clipByValue(gradient, -limit, limit),
};

function kernelMath(kernels: KernelPool): GradientMath {
  const readable = (gradient: tf.Tensor) => kernels.addressOf(liveValues(gradient));
  const writable = (gradient: tf.Tensor) => kernels.addressOf(ownValues(gradient));
  return {
    isFinite(gradient) {
      const address = readable(gradient);
      if (address === undefined) return referenceMath.isFinite(gradient);
      return reduceElementwise(kernels, 'nonFinite', gradient.size, [address]) === 0;
    },
    sumOfSquares(gradient) {
      const address = readable(gradient);
      if (address === undefined) return referenceMath.sumOfSquares(gradient);
      return reduceElementwise(kernels, 'sumOfSquares', gradient.size, [address]);
    },
    scale(gradient, factor) {
      const address = writable(gradient);
      if (address === undefined) return referenceMath.scale(gradient, factor);
      runElementwise(kernels, 'scaleInPlace', gradient.size, [address, factor]);
      return gradient;
    },
    clamp(gradient, limit) {
      const address = writable(gradient);
      if (address === undefined) return referenceMath.clamp(gradient, limit);
      runElementwise(kernels, 'clampInPlace', gradient.size, [address, limit]);
      return gradient;
    },
  };
}
