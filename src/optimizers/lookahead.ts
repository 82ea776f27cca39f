/** A slow copy of the parameters that follows the fast ones. */
import * as tf from '../tensors/tf.ts';
import { perParameter } from './perParameter.ts';
import type { Transform } from './transform.ts';

export interface LookaheadSettings {
  /** Steps between synchronizations, at least 1; 6 in the paper. */
  readonly every: number;
  /** How far the slow copy goes towards the fast one, in 0..1; 0.5 in the paper. */
  readonly alpha: number;
}

/**
 * Every `every` steps: `slow = slow + alpha * (p - slow)`, and p becomes slow. (Zhang et al. 2019) Comes after the optimizer.
 */
export function lookahead({ every, alpha }: LookaheadSettings): Transform {
  return perParameter({
    memory: { slots: { slow: 'parameter' }, scalars: { lookaheadCount: 0 } },
    update(change, { slots, scalars: { lookaheadCount = 0 } }, parameter) {
      const scalars = { lookaheadCount: lookaheadCount + 1 };
      if (scalars.lookaheadCount % every !== 0) return { update: change, scalars };
      const before = slots['slow'] as tf.Tensor;
      const slow = tf.add(before, tf.mul(tf.sub(tf.add(parameter, change), before), alpha));
      return { update: tf.sub(slow, parameter), slots: { slow }, scalars };
    },
    updateInPlace(kernels, { parameter, slots, scalars, count }) {
      const lookaheadCount = (scalars['lookaheadCount'] ?? 0) + 1;
      scalars['lookaheadCount'] = lookaheadCount;
      if (lookaheadCount % every !== 0) return;
      const slow = slots['slow'] as number;
      kernels.run('lerpInPlace', count, [slow, parameter, alpha]);
      kernels.run('scaleInto', count, [parameter, slow, 1]);
    },
  });
}
