/**
 * The kernels on all threads: one WebAssembly memory, one instance a thread, and a call that runs a kernel's work units.
 *
 * A parallel kernel is an exported function `kernel(unit, ...args)`. {@link KernelPool.run} calls it once for every unit
 * in 0..units-1, on whichever thread is free, and returns when all are done. Units must not depend on each other, and
 * their number must not depend on the number of threads: then results have the same bits on any number of threads.
 */

import type { KernelVariant } from './kernelVariants.ts';

/** Exported kernels by name, called as `kernel(unit, ...args)`. */
export type KernelName = string;

export interface KernelPool {
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  /** Which of the compiled modules runs; their results may differ in the last bits. */
  readonly variant: KernelVariant;
  /** Reserves zeroed memory, 64-byte aligned. @returns its address. @throws EngineError when memory is exhausted. */
  allocate(bytes: number): number;
  /** As {@link allocate}, with whatever the memory held before: for what is written in full anyway. */
  reserve(bytes: number): number;
  /** Gives back what {@link allocate} or {@link reserve} returned. */
  release(address: number): void;
  /** A view of the shared memory at `address`; stays valid for the pool's life. */
  float32(address: number, length: number): Float32Array;
  int32(address: number, length: number): Int32Array;
  uint8(address: number, length: number): Uint8Array;
  /** Address of a view that lies in the shared memory, else undefined. */
  addressOf(view: ArrayBufferView): number | undefined;
  /** Runs units 0..units-1 of a kernel on all threads and waits. Arguments are numbers (addresses, sizes, factors). */
  run(kernel: KernelName, units: number, ...args: number[]): void;
  /** Calls a kernel function once on this thread (no unit argument is added) and returns its result. */
  call(kernel: KernelName, ...args: number[]): number;
  /** Bytes that are allocated now, and the most that ever were at one time. */
  readonly memoryUse: { readonly usedBytes: number; readonly peakBytes: number };
  /** Ends the threads. The memory stays, and kernels go on working, on the calling thread alone. */
  dispose(): void;
}
