/** Exclusive or of int32 tensors, which the tensor library does not have. */
import { EngineError } from '../../errors.ts';
import * as tf from '../tf.ts';
import { hasKernel, runKernelOp } from './kernelOp.ts';

/**
 * `a xor b`, by a kernel `BitwiseXor` (inputs a, b) where the active backend has one, else as `a + b - 2 (a and b)`, which is
 * the same modulo 2^32. It has no gradient.
 * @param a,b int32 of one shape
 * @returns int32; the caller disposes it
 * @throws EngineError on a backend that has neither `BitwiseXor` nor `BitwiseAnd`
 */
export function bitwiseXor<T extends tf.Tensor>(a: T, b: T): T {
  if (hasKernel('BitwiseXor')) return runKernelOp('BitwiseXor', { a, b })[0] as T;
  if (!hasKernel('BitwiseAnd'))
    throw new EngineError(`the ${tf.getBackend()} backend has neither BitwiseXor nor BitwiseAnd`);
  return tf.tidy(() => tf.sub(tf.add(a, b), tf.mul(tf.bitwiseAnd(a, b), tf.scalar(2, 'int32'))) as T);
}
