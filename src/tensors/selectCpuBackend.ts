/** Makes the tensor library's plain backend the active one: it holds tensors where they are given, shared memory included. */
import '@tensorflow/tfjs-backend-cpu';
import { registerGradients } from './gradients/registerGradients.ts';
import { createTensorEngine, type TensorEngine } from './tensorEngine.ts';
import * as tf from './tf.ts';

/** Idempotent. */
export async function selectCpuBackend(): Promise<void> {
  await tf.setBackend('cpu');
  await tf.ready();
  registerGradients();
  withoutAdvertisement(() => tf.zeros([1]).dispose());
}

/** The reference engine: plain tfjs, one thread. The caller disposes it. */
export async function createCpuEngine(): Promise<TensorEngine> {
  await selectCpuBackend();
  return createTensorEngine({
    name: 'cpu',
    backendName: 'cpu',
    threads: 1,
    description: 'engine cpu: plain tfjs',
  });
}

/** The backend's first use prints a banner, unless in production mode (which would drop checks if it stayed on). */
function withoutAdvertisement(firstUse: () => void): void {
  const production = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  firstUse();
  tf.env().set('PROD', production);
}
