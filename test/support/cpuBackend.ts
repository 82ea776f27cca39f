/** Makes tfjs's cpu backend the active one for tests. */

import type { Engine } from '../../src/tensors/engine.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';

/** The reference engine: plain tfjs, one thread, no kernels. */
export async function cpuEngine(): Promise<Engine> {
  await selectCpuBackend();
  return { name: 'cpu', threads: 1, description: 'engine cpu: plain tfjs', dispose() {} };
}
