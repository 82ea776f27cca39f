/** An engine on the kernels: tensors lie in their memory, and what happens to gradients and parameters happens there, in place. */
import { reduceElementwise, runElementwise } from '../kernels/elementwise.ts';
import type { KernelPool } from '../kernels/kernelPool.ts';
import { createGroupTransform } from '../optimizers/createGroupTransform.ts';
import type { EngineTensor } from '../pipeline/pipeline.ts';
import type { EngineNeed, GradientMath, GradientSum } from './engine.ts';
import { fusedGroupOptimizer, type TensorMemory } from './fusedGroupOptimizer.ts';
import {
  createTensorEngine,
  substitute,
  type TensorEngine,
  type TensorEngineSettings,
} from './tensorEngine.ts';
import { arraySum, tensorGradients, tensorOf } from './tensorGradients.ts';
import type * as tf from './tf.ts';

export interface KernelEngine extends TensorEngine {
  readonly kernels: KernelPool;
}

/** For models whose parameters and gradients the kernels read and write where they lie. */
export const kernelsInPlace: EngineNeed<KernelPool> = {
  description: 'SIMD kernels in whose memory tensors lie',
  of: (engine) => (engine as Partial<KernelEngine>).kernels,
};

/** The engine on kernels that run, and on a backend that is ready. The caller disposes it. */
export function createKernelEngine(
  kernels: KernelPool,
  memory: TensorMemory,
  settings: TensorEngineSettings,
): KernelEngine {
  const onTensors = createTensorEngine(settings);
  return {
    ...onTensors,
    kernels,
    arithmetic: kernels.variant,
    gradients: kernelGradients(kernels, memory),
    groupOptimizer: (parameters, { optimizer, transforms }) =>
      fusedGroupOptimizer(createGroupTransform(optimizer, transforms), parameters, kernels, memory),
    substitute: (variable, values) => substitute(variable as tf.Variable, values, memory.live),
  };
}

/** Arithmetic on gradients by kernels where they lie in the kernels' memory, else by tensor operations. */
function kernelGradients(kernels: KernelPool, memory: TensorMemory): GradientMath {
  const readable = (gradient: EngineTensor) => kernels.addressOf(memory.live(tensorOf(gradient)));
  const writable = (gradient: EngineTensor) => kernels.addressOf(memory.own(tensorOf(gradient)));
  return {
    isFinite(gradient) {
      const address = readable(gradient);
      if (address === undefined) return tensorGradients.isFinite(gradient);
      return reduceElementwise(kernels, 'nonFinite', gradient.size, [address]) === 0;
    },
    sumOfSquares(gradient) {
      const address = readable(gradient);
      if (address === undefined) return tensorGradients.sumOfSquares(gradient);
      return reduceElementwise(kernels, 'sumOfSquares', gradient.size, [address]);
    },
    scale(gradient, factor) {
      const address = writable(gradient);
      if (address === undefined) return tensorGradients.scale(gradient, factor);
      runElementwise(kernels, 'scaleInPlace', gradient.size, [address, factor]);
      return gradient;
    },
    clamp(gradient, limit) {
      const address = writable(gradient);
      if (address === undefined) return tensorGradients.clamp(gradient, limit);
      runElementwise(kernels, 'clampInPlace', gradient.size, [address, limit]);
      return gradient;
    },
    sum: (shape) => kernelSum(kernels, memory, shape),
  };
}

/** A sum in the kernels' memory; gradients that lie elsewhere are added element by element. */
function kernelSum(kernels: KernelPool, memory: TensorMemory, shape: readonly number[]): GradientSum {
  const size = shape.reduce((product, length) => product * length, 1);
  const address = kernels.allocate(4 * size);
  const values = kernels.float32(address, size);
  const elsewhere = arraySum(shape, values);
  return {
    ...elsewhere,
    add(gradient) {
      const from = kernels.addressOf(memory.live(tensorOf(gradient)));
      if (from === undefined) elsewhere.add(gradient);
      else runElementwise(kernels, 'axpy', size, [address, from, 1]);
    },
    mean(count, over) {
      const to = over && kernels.addressOf(memory.own(tensorOf(over)));
      if (to === undefined) return elsewhere.mean(count, over);
      runElementwise(kernels, 'scaleInto', size, [to, address, 1 / count]);
      return over as EngineTensor;
    },
    dispose: () => kernels.release(address),
  };
}
