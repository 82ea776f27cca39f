/** The machine that a benchmark ran on: without it no figure means anything. */
import os from 'node:os';
import type { KernelVariant } from '../../src/kernels/kernelVariants.ts';
import { loadKernelModule } from '../../src/kernels/loadKernelModule.ts';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Processes that wanted to run in the last minute, on average: above 0 at the start, others disturb. */
  readonly load: number;
  readonly node: string;
  /** Which of the compiled kernels run. */
  readonly kernels: KernelVariant | 'none';
}

export async function machineOf(): Promise<Machine> {
  const kernels = await loadKernelModule().then(
    ({ variant }) => variant,
    () => 'none' as const,
  );
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: os.availableParallelism(),
    load: os.loadavg()[0] ?? 0,
    node: process.version,
    kernels,
  };
}

/** One line for people. */
export function describeMachine({ processor, cores, load, node, kernels }: Machine): string {
  return `machine: ${processor}, ${cores} cores, load ${load.toFixed(1)}, Node.js ${node}, ${kernels} SIMD kernels`;
}
