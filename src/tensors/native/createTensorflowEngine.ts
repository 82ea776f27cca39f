/** The engine `tensorflow`: TensorFlow's own library computes, on a GPU if there is one. */
import { EngineError } from '../../errors.ts';
import { createKernelPool } from '../../kernels/createKernelPool.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { Engine, EngineNeed } from '../engine.ts';
import { registerGradients } from '../gradients/registerGradients.ts';
import { createTensorEngine, type TensorEngine } from '../tensorEngine.ts';
import { bridgeKernels } from './bridgeKernels.ts';
import { type LoadedTensorflow, loadTensorflow } from './loadTensorflow.ts';
import { prepareNativeEnvironment } from './nativeEnvironment.ts';

/** Tensors lie in TensorFlow's memory; our kernels do what is the processor's work on any engine. */
interface TensorflowEngine extends TensorEngine {
  readonly hostKernels: KernelPool;
}

/** For models that march rays on the processor, whatever computes the rest. */
export const hostKernels: EngineNeed<KernelPool> = {
  description: 'SIMD kernels beside it',
  of: (engine) => (engine as Partial<TensorflowEngine>).hostKernels,
};

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

async function engineOf(loaded: LoadedTensorflow, threads: number): Promise<TensorflowEngine> {
  bridgeKernels();
  registerGradients();
  const kernels = await createKernelPool({ threads });
  const { packageName, packageVersion, libraryVersion, hasGpu } = loaded;
  const where = hasGpu
    ? 'on the GPU'
    : `on the processor, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const engine = createTensorEngine({
    name: 'tensorflow',
    backendName: 'tensorflow',
    threads,
    description: `engine tensorflow: TensorFlow ${libraryVersion} ${where} (${packageName} ${packageVersion})`,
    dispose: () => kernels.dispose(),
  });
  return { ...engine, hostKernels: kernels };
}
