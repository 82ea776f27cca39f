/** How an operation of this package reaches its kernel where the active backend has one, and its gradient on the tape. */
import * as tf from '../tf.ts';

/** Whether the active backend has a kernel of that name; elsewhere the operation runs its reference. */
export function hasKernel(kernelName: string): boolean {
  return tf.getKernel(kernelName, tf.getBackend()) !== undefined;
}

/**
 * Runs a kernel of the active backend.
 * @param inputs tensors by name; gradients are known by the same names
 * @param attrs what else the kernel is told; opaque to the tensor library
 * @param gradient registered when first used; absent: the tape ends here with an error
 * @returns the kernel's outputs; the caller disposes them
 */
export function runKernelOp(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<Record<string, unknown>> = {},
  gradient?: Omit<tf.GradConfig, 'kernelName'>,
): tf.Tensor[] {
  if (gradient && !tf.getGradient(kernelName)) tf.registerGradient({ kernelName, ...gradient });
  const outputs = tf.engine().runKernel(kernelName, { ...inputs }, attrs as tf.NamedAttrMap) as
    | tf.Tensor
    | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}
