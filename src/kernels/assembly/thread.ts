// Which thread runs this instance: claimed once, from a counter in the shared memory, for scratch space.
const THREAD_COUNTER: usize = 1088;
let claimed: i32 = -1;

/** 0-based number of the calling thread. Only for scratch space: results must not depend on it. */
export function threadIndex(): i32 {
  if (claimed < 0) claimed = atomic.add<i32>(THREAD_COUNTER, 1);
  return claimed;
}
