/** Clipping as transforms: by the length of a group's gradients as one vector, by the length of each parameter's, by element. */
import type { EngineTensor } from '../pipeline/pipeline.ts';
import { tensorGradients, tensorOf } from '../tensors/tensorGradients.ts';
import { type ClipMath, globalNorm, limitElements, limitNorm } from './clipping.ts';
import { type Block, type BlockKernels, initialState, type Transform } from './transform.ts';

/** Limits the norm of all gradients as one vector. @param settings.maxNorm > 0 */
export function clipByGlobalNorm({ maxNorm }: { readonly maxNorm: number }): Transform {
  return clipping((gradients, math) => limitNorm(gradients, globalNorm(gradients, math), maxNorm, math));
}

/** Limits the norm of each parameter's gradient on its own. (Keras' `clipnorm`) @param settings.maxNorm > 0 */
export function clipByParameterNorm({ maxNorm }: { readonly maxNorm: number }): Transform {
  return clipping((gradients, math) =>
    gradients.flatMap((gradient) => limitNorm([gradient], globalNorm([gradient], math), maxNorm, math)),
  );
}

/** Limits each element. @param settings.limit > 0 */
export function clipByValue({ limit }: { readonly limit: number }): Transform {
  return clipping((gradients, math) => limitElements(gradients, limit, math));
}

/** One result a gradient, in order. */
type Clip = <Gradient>(gradients: readonly Gradient[], math: ClipMath<Gradient>) => readonly Gradient[];

/** A transform that remembers nothing. */
function clipping(clip: Clip): Transform {
  const memory = { slots: {}, scalars: {} };
  return {
    memory,
    init: (parameters) => initialState(memory, parameters),
    update(updates, state) {
      const before = Object.values(updates);
      const after = clip<EngineTensor>(before, tensorGradients);
      for (const [index, gradient] of before.entries()) if (after[index] !== gradient) gradient.dispose();
      const entries = Object.keys(updates).map((name, index) => [name, tensorOf(after[index]!)] as const);
      return { updates: Object.fromEntries(entries), state };
    },
    updateInPlace(kernels, blocks) {
      clip(blocks, blockMath(kernels));
    },
  };
}

function blockMath(kernels: BlockKernels): ClipMath<Block> {
  return {
    sumOfSquares: ({ gradient, count }) => kernels.sum('sumOfSquares', count, [gradient]),
    scale(block, factor) {
      kernels.run('scaleInPlace', block.count, [block.gradient, factor]);
      return block;
    },
    clamp(block, limit) {
      kernels.run('clampInPlace', block.count, [block.gradient, limit]);
      return block;
    },
  };
}
