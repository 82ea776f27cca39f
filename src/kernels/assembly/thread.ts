// Which thread runs this instance: claimed once, from a counter in the shared memory, for scratch space.
const THREAD_COUNTER: usize = 1088;
let claimed: i32 = -1;

/** 0-based number of the calling thread. Only for scratch space: results must not depend on it. */
export function threadIndex(): i32 {
  if (claimed < 0) claimed = atomic.add<i32>(THREAD_COUNTER, 1);
  return claimed;
}

/** Bytes of a thread's own memory, and where that of the first thread begins: see src/kernels/workTicket.ts. */
const THREAD_BYTES: usize = 4096;
const THREAD_MEMORY: usize = 65_536;

/** Address of 4,096 bytes that no other thread uses; a kernel may overwrite what an earlier one left there. */
export function threadMemory(): usize {
  return THREAD_MEMORY + <usize>threadIndex() * THREAD_BYTES;
}
