/** The engines that native tests compare, one after another in one process: each is the active backend while its turn lasts. */
import { createKernelPool } from '../../src/kernels/createKernelPool.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import { registerGradients } from '../../src/tensors/gradients/registerGradients.ts';
import { findNativePackages } from '../../src/tensors/native/nativePackages.ts';
import * as tf from '../../src/tensors/tf.ts';
import { cpuEngine } from '../support/cpuBackend.ts';

export type EngineName = 'cpu' | 'simd' | 'tensorflow';

/** Whether a binding of TensorFlow is installed and compiled; native tests are skipped elsewhere, by name. */
export const hasTensorflow = findNativePackages(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']).some(
  ({ addon }) => addon !== undefined,
);

/** Runs `body` with the engine and disposes it; the plain backend is active afterwards. */
export async function withEngine<T>(name: EngineName, body: (engine: Engine) => T | Promise<T>): Promise<T> {
  const engine = name === 'cpu' ? await plainEngine() : await createEngine({ engine: name, threads: 2 });
  try {
    return await body(engine);
  } finally {
    await tf.setBackend('cpu');
    engine.dispose();
  }
}

/** Plain tfjs, which marches rays by the kernels as `tensorflow` does. */
async function plainEngine(): Promise<Engine> {
  const plain = await cpuEngine();
  registerGradients();
  const hostKernels = await createKernelPool({ threads: 2 });
  const engine = { ...plain, hostKernels, dispose: () => hostKernels.dispose() };
  return engine;
}
