/** V8's flags belong to the whole process, so a library leaves them alone; the program that owns the process may permit it. */
import v8 from 'node:v8';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/** What the permission is called among the data that threads pass on to the threads they start. */
const permission = 'nerfstream: V8 flags are allowed';

/**
 * Lets the kernels switch on vectors that V8 still calls experimental: fused multiply-add on Node 20 and 21, vectors of 8 on Node 24
 * to 26. It holds in this thread and in those that it starts from now on; call it before the first engine or trainer. Without it,
 * the fastest kernels that run as V8 is are taken.
 */
export function allowV8Flags(): void {
  setEnvironmentData(permission, true);
}

/**
 * Where flags are allowed: lets this thread's garbage be at most half of what lives in its heap, and what is new a megabyte. Left alone,
 * V8 lets heaps of threads that allocate little grow to four times what lives in them. Every thread calls it as it begins, and the
 * main thread at first: each new heap takes the second flag back for all.
 */
export function keepHeapSmall(): void {
  if (getEnvironmentData(permission) !== true) return;
  v8.setFlagsFromString('--heap-growing-percent=50');
  v8.setFlagsFromString('--semi-space-growth-factor=1');
}

/** Whether the flag is in force: V8 was started with it, or it may be set, and is then. Modules compiled afterwards see it. */
export function haveV8Flag(flag: string): boolean {
  if (process.execArgv.includes(flag)) return true;
  if (getEnvironmentData(permission) !== true) return false;
  v8.setFlagsFromString(flag);
  return true;
}
