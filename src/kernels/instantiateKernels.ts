/** One instance of the kernels over the shared memory. No Node API: a browser worker can use it as it is. */
import type { Kernel } from './workTicket.ts';

/** Kernels in an order that is the same on all threads, and their names. */
export interface KernelInstance {
  readonly list: readonly Kernel[];
  readonly indexByName: ReadonlyMap<string, number>;
}

/** @throws WebAssembly.LinkError when memory and module do not fit */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelInstance {
  const abort = () => {
    throw new WebAssembly.RuntimeError('kernel aborted');
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  const names = Object.keys(exports)
    .filter((name) => typeof exports[name] === 'function')
    .sort();
  return {
    list: names.map((name) => exports[name] as Kernel),
    indexByName: new Map(names.map((name, index) => [name, index])),
  };
}
