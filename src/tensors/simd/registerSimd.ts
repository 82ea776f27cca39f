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
  registerKernels('simd');
  if (!tf.findBackendFactory('simd')) tf.registerBackend('simd', () => startBackend(startKernels), priority);
}

/** A backend that an engine has to itself. */
export interface OwnBackend {
  /** `simd`; or `simd-2` and so on, while others are in use. */
  readonly name: string;
  readonly backend: SimdBackend;
  /** Takes it back; `simd` starts kernels of its own again when it is set the next time. */
  dispose(): void;
}

/** Makes a backend on kernels that are running already, and the active one. */
export async function activateSimd(kernels: KernelPool, startKernels: StartKernels): Promise<OwnBackend> {
  const backend = new SimdBackend(kernels);
  const name = freeName();
  registerKernels(name);
  registerGradients();
  // What may be registered is a factory that nobody has called yet.
  if (tf.findBackendFactory(name)) tf.removeBackend(name);
  tf.registerBackend(name, () => backend, priority);
  await tf.setBackend(name);
  return {
    name,
    backend,
    dispose() {
      tf.removeBackend(name);
      if (name === 'simd') registerSimd(startKernels);
      else for (const { kernelName } of tf.getKernelsForBackend(name)) tf.unregisterKernel(kernelName, name);
    },
  };
}

function freeName(): string {
  const inUse = tf.engine().registry;
  let name = 'simd';
  for (let number = 2; inUse[name]; number++) name = `simd-${number}`;
  return name;
}

/** Gradients are registered only now, because whatever loads tfjs after the import of `simd` registers its own. */
async function startBackend(startKernels: StartKernels): Promise<SimdBackend> {
  registerGradients();
  return new SimdBackend(await startKernels());
}

function registerKernels(backendName: string): void {
  const own = simdKernels();
  const names = new Set(own.map(({ kernelName }) => kernelName));
  const inherited = tf.getKernelsForBackend('cpu').filter(({ kernelName }) => !names.has(kernelName));
  for (const kernel of [...inherited, ...own])
    if (!tf.getKernel(kernel.kernelName, backendName)) tf.registerKernel({ ...kernel, backendName });
}
