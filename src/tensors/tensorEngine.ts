/** An engine on the tensor library's operations, whichever of its backends runs them: the reference for all others. */
import { createGroupTransform } from '../optimizers/createGroupTransform.ts';
import { referenceGroupOptimizer } from '../optimizers/referenceGroupOptimizer.ts';
import type { EngineTensor } from '../pipeline/pipeline.ts';
import type { Engine, EngineNeed } from './engine.ts';
import { tensorGradients, tensorOf } from './tensorGradients.ts';
import * as tf from './tf.ts';

/** An engine whose tensors are the tensor library's. */
export interface TensorEngine extends Engine {
  /** The library's backend that the engine's operations run on. */
  readonly backendName: string;
}

/** For models that are written in tensor operations. */
export const tensorOperations: EngineNeed<string> = {
  description: 'the operations of tfjs',
  of: (engine) => (engine as Partial<TensorEngine>).backendName,
};

/** What distinguishes one engine on tensor operations from another. */
export type TensorEngineSettings = Pick<TensorEngine, 'name' | 'backendName' | 'threads' | 'description'> & {
  readonly dispose?: () => void;
};

/** The engine on a backend that is ready. The caller disposes it. */
export function createTensorEngine({ dispose = () => {}, ...settings }: TensorEngineSettings): TensorEngine {
  const { backendName } = settings;
  /** A backend that is ready is active when `setBackend` returns, though it returns a promise. */
  const activate = () => {
    if (tf.getBackend() !== backendName) void tf.setBackend(backendName);
  };
  const read = (tensor: EngineTensor) => tensorOf(tensor).dataSync<'float32'>();
  return {
    ...settings,
    arithmetic: null,
    gradients: tensorGradients,
    groupOptimizer: (parameters, { optimizer, transforms }) =>
      referenceGroupOptimizer(createGroupTransform(optimizer, transforms), parameters),
    read,
    write(variable, values) {
      activate();
      writeVariable(variable as tf.Variable, values);
    },
    substitute(variable, values) {
      activate();
      return substitute(variable as tf.Variable, values, read);
    },
    activate,
    dispose,
  };
}

/** Writes into the variable's own memory where the backend shows it, so that it stays where kernels expect it. */
function writeVariable(variable: tf.Variable, values: Float32Array): void {
  const view = variable.dataSync<'float32'>();
  view.set(values);
  if (variable.dataSync() === view) return;
  const copy = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(copy);
  copy.dispose();
}

/** @param live the variable's numbers where the engine keeps them, or a copy each time */
export function substitute(
  variable: tf.Variable,
  values: Float32Array,
  live: (variable: tf.Tensor) => Float32Array,
): () => void {
  const own = live(variable);
  const again = live(variable);
  if (own.buffer === again.buffer && own.byteOffset === again.byteOffset) {
    exchange(own, values);
    return () => exchange(own, values);
  }
  // An engine that keeps its tensors elsewhere takes content through an assignment.
  const assign = (content: Float32Array) =>
    tf.tidy(() => variable.assign(tf.tensor(content, variable.shape)));
  assign(values);
  return () => assign(own);
}

const exchangedAtOnce = 16_384;

/** Swaps the contents of two arrays, a piece at a time: a table of parameters is too large to copy for every image. */
function exchange(a: Float32Array, b: Float32Array): void {
  const kept = new Float32Array(Math.min(a.length, exchangedAtOnce));
  for (let begin = 0; begin < a.length; begin += exchangedAtOnce) {
    const end = Math.min(a.length, begin + exchangedAtOnce);
    kept.set(a.subarray(begin, end));
    a.set(b.subarray(begin, end), begin);
    b.set(kept.subarray(0, end - begin), begin);
  }
}
