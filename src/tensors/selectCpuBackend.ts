/** Makes the tensor library's plain backend the active one: it holds tensors where they are given, shared memory included. */
import { registerGradients } from './gradients/registerGradients.ts';
import * as tf from './tf.ts';

/** Idempotent. Loads the whole library, because the core alone has no gradients. */
export async function selectCpuBackend(): Promise<void> {
  await import('@tensorflow/tfjs');
  await tf.setBackend('cpu');
  await tf.ready();
  registerGradients();
  withoutAdvertisement(() => tf.zeros([1]).dispose());
}

/** The backend's first use prints a banner, unless in production mode (which would drop checks if it stayed on). */
function withoutAdvertisement(firstUse: () => void): void {
  const production = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  firstUse();
  tf.env().set('PROD', production);
}
