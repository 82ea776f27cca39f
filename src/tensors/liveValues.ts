/** A tensor's values where the engine keeps them, for kernels that read or overwrite them in place. */
import { SimdBackend } from './simd/simdBackend.ts';
import * as tf from './tf.ts';

/** The values themselves on `simd`, in the kernels' memory; elsewhere what reading gives, which may be a copy. */
export function liveValues(tensor: tf.Tensor): Float32Array {
  const backend = tf.backend();
  if (backend instanceof SimdBackend) return backend.valuesOf(tensor) as Float32Array;
  return tensor.dataSync<'float32'>();
}

/**
 * As {@link liveValues} if nothing else shares the values, so that overwriting them changes this tensor alone (the two
 * gradients of a sum are often one array); else a copy.
 */
export function ownValues(tensor: tf.Tensor): Float32Array {
  const backend = tf.backend();
  const shared = backend instanceof SimdBackend && backend.refCount(tensor.dataId) > 1;
  return shared ? Float32Array.from(tensor.dataSync<'float32'>()) : liveValues(tensor);
}
