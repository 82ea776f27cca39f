/** Limits each element of the gradients. */
import * as tf from '../tensors/tf.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

/** Cuts every element to -limit..limit. (torch's clip_grad_value_) @param settings.limit > 0 */
export function clipByValue({ limit }: { readonly limit: number }): Transform {
  return perParameter({
    memory: { slots: {}, scalars: {} },
    update: (gradient) => ({ update: tf.clipByValue(gradient, -limit, limit) }),
    updateInPlace: (kernels, { gradient, count }) => kernels.run('clampInPlace', count, [gradient, limit]),
  });
}
