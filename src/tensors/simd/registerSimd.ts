/** Tells the tensor library about the backend `simd`. */
import '@tensorflow/tfjs-backend-cpu';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { registerGradients } from '../gradients/registerGradients.ts';
import * as tf from '../tf.ts';
import { SimdBackend } from './simdBackend.ts';
import { simdKernels } from './simdKernels.ts';

/** Lower than every other backend's: it is used when somebody asks for it. */
const priority = 0;

/** What starts the kernels when the backend is first set. */
export type StartKernels = () => Promise<KernelPool>;

/**
 * Makes `tf.setBackend('simd')` possible: registers its kernels, and the cpu backend's for all other operations. Calling it
 * again changes nothing.
 */
export function registerSimd(startKernels: StartKernels): void {
  registerKernels();
  if (!tf.findBackendFactory('simd')) tf.registerBackend('simd', () => startBackend(startKernels), priority);
}

/**
 * Makes `simd` the active backend, on kernels that are running already.
 * @returns what takes it back: `simd` starts kernels of its own again when it is set the next time
 */
export async function activateSimd(kernels: KernelPool, startKernels: StartKernels): Promise<() => void> {
  const backend = new SimdBackend(kernels);
  const replace = (factory: () => SimdBackend | Promise<SimdBackend>) => {
    if (tf.findBackendFactory('simd')) tf.removeBackend('simd');
    tf.registerBackend('simd', factory, priority);
  };
  registerKernels();
  registerGradients();
  replace(() => backend);
  await tf.setBackend('simd');
  return () => {
    if (tf.engine().registry['simd'] === backend) replace(async () => new SimdBackend(await startKernels()));
  };
}

/** Gradients are registered only now, because whatever loads tfjs after the import of `simd` registers its own. */
async function startBackend(startKernels: StartKernels): Promise<SimdBackend> {
  registerGradients();
  return new SimdBackend(await startKernels());
}

function registerKernels(): void {
  const own = simdKernels();
  const names = new Set(own.map(({ kernelName }) => kernelName));
  const inherited = tf.getKernelsForBackend('cpu').filter(({ kernelName }) => !names.has(kernelName));
  for (const kernel of [...inherited, ...own])
    if (!tf.getKernel(kernel.kernelName, 'simd')) tf.registerKernel({ ...kernel, backendName: 'simd' });
}
