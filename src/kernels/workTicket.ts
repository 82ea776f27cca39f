/**
 * How threads share the units of one kernel call, through a few words of the shared memory.
 *
 * The ticket word holds (call number, next unit), 16 bits each. A thread takes a unit by compare-and-swap, so a thread
 * that wakes late for a call that has ended takes nothing, and the caller need not wait for it: it waits for units.
 * Arguments are written while no unit is open; a successful swap therefore proves that those read before it were right.
 */
export const controlWords = {
  /** Changes with each call; sleeping threads wait on it. */
  sequence: 256,
  ticket: 257,
  units: 258,
  completed: 259,
  kernel: 260,
  argumentCount: 261,
  failed: 262,
  quit: 263,
} as const;

/** Index of the first argument in a Float64Array over the memory. */
export const firstArgument = 256;
/** Most arguments a kernel takes. */
export const maxArguments = 64;
/** Most units a call has. */
export const maxUnits = 0xffff;
/** Where the threads' own memory begins, after the control words and the kernels' static data (assembly/thread.ts). */
const threadMemory = 65_536;
/** Of each thread. */
const threadBytes = 4096;

/** First byte that is free in a pool of so many threads. */
export function heapStartOf(threads: number): number {
  return threadMemory + threads * threadBytes;
}

export type Kernel = (...args: number[]) => number | undefined;

/**
 * Takes units of the current call and runs them until none is left.
 * @returns false when a unit trapped
 */
export function runUnits(words: Int32Array, args: Float64Array, kernels: readonly Kernel[]): boolean {
  let ok = true;
  let call = -1;
  let kernel: Kernel | undefined;
  let values: number[] = [];
  for (;;) {
    const ticket = Atomics.load(words, controlWords.ticket);
    const unit = ticket & maxUnits;
    const units = words[controlWords.units]!;
    if (unit >= units) return ok;
    if (call !== ticket >>> 16) {
      call = ticket >>> 16;
      kernel = kernels[words[controlWords.kernel]!];
      values = [];
      for (let index = 0, count = words[controlWords.argumentCount]!; index < count; index++)
        values.push(args[firstArgument + index]!);
    }
    if (Atomics.compareExchange(words, controlWords.ticket, ticket, ticket + 1) !== ticket) continue;
    try {
      // Most calls with many units hand over the address of a plan alone; to spread a list costs as much as a small tile.
      if (values.length === 1) kernel!(unit, values[0]!);
      else kernel!(unit, ...values);
    } catch {
      Atomics.store(words, controlWords.failed, 1);
      ok = false;
    }
    // The caller waits for all units: only the last one need wake it.
    if (Atomics.add(words, controlWords.completed, 1) + 1 === units)
      Atomics.notify(words, controlWords.completed);
  }
}
