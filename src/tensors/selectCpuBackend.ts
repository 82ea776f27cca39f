/** Makes the tensor library's plain backend the active one: it holds tensors where they are given, shared memory included. */
import * as tf from './tf.ts';

/** Idempotent. */
export async function selectCpuBackend(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  // Otherwise the backend's first use prints advice to install another one.
  tf.enableProdMode();
  await tf.setBackend('cpu');
  await tf.ready();
}
