/** Runs kernels that walk over arrays element by element, cut into pieces of a fixed size. */
import type { KernelName, KernelPool } from './kernelPool.ts';

/** Elements of one work unit: 64 KiB of float32, so a unit's arrays fit a core's cache. Never depends on the threads. */
const pieceElements = 16_384;

/**
 * Calls `kernel(unit, pieceElements, count, ...args)` for every piece of `count` elements.
 * @param args addresses and numbers, in the kernel's order.
 */
export function runElementwise(
  kernels: KernelPool,
  kernel: KernelName,
  count: number,
  args: readonly number[],
): void {
  if (count > 0) kernels.run(kernel, pieces(count), pieceElements, count, ...args);
}

/**
 * Runs a kernel that leaves one float64 a piece in `partials`, and adds those up in order, so that the sum has the same
 * bits on any number of threads.
 */
export function reduceElementwise(
  kernels: KernelPool,
  kernel: KernelName,
  count: number,
  args: readonly number[],
): number {
  const units = pieces(count);
  const partials = kernels.allocate(units * 8);
  try {
    runElementwise(kernels, kernel, count, [...args, partials]);
    return kernels.call('sumPartials', partials, units);
  } finally {
    kernels.release(partials);
  }
}

function pieces(count: number): number {
  return Math.ceil(count / pieceElements);
}
