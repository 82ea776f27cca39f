/** The engine `tensorflow`: TensorFlow's own library computes, on a GPU if there is one. */
import { EngineError } from '../../errors.ts';
import { createKernelPool } from '../../kernels/createKernelPool.ts';
import type { Engine } from '../engine.ts';
import { registerGradients } from '../gradients/registerGradients.ts';
import { bridgeKernels } from './bridgeKernels.ts';
import { type LoadedTensorflow, loadTensorflow } from './loadTensorflow.ts';
import { prepareNativeEnvironment } from './nativeEnvironment.ts';

/**
 * @param threads of the library and of the kernels that march rays beside it
 * @throws EngineError saying what is missing and how to get it
 */
export async function createTensorflowEngine(threads: number): Promise<Engine> {
  prepareNativeEnvironment(threads);
  const { loaded, reasons } = await loadTensorflow();
  if (!loaded)
    throw new EngineError(
      `engine tensorflow cannot be used: ${reasons.join('; ')}; install it (npm run setup:native, or npm install @tensorflow/tfjs-node), or take engine=simd, which needs nothing but Node.js`,
    );
  return engineOf(loaded, threads);
}

/** What `engine: auto` takes: TensorFlow if it has a GPU, else nothing. */
export async function createGpuEngine(threads: number): Promise<Engine | { readonly reason: string }> {
  prepareNativeEnvironment(threads);
  const { loaded, reasons } = await loadTensorflow({ names: ['@tensorflow/tfjs-node-gpu'] });
  if (!loaded) return { reason: reasons.join('; ') };
  if (!loaded.hasGpu) return { reason: `${loaded.packageName} ${loaded.packageVersion} finds no GPU` };
  return engineOf(loaded, threads);
}

async function engineOf(loaded: LoadedTensorflow, threads: number): Promise<Engine> {
  bridgeKernels();
  registerGradients();
  const hostKernels = await createKernelPool({ threads });
  const { packageName, packageVersion, libraryVersion, hasGpu } = loaded;
  const where = hasGpu
    ? 'on the GPU'
    : `on the processor, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return {
    name: 'tensorflow',
    threads,
    hostKernels,
    description: `engine tensorflow: TensorFlow ${libraryVersion} ${where} (${packageName} ${packageVersion})`,
    dispose: () => hostKernels.dispose(),
  };
}
