/** A kernel thread: sleeps until there is a call, takes units, sleeps again. */
import { workerData } from 'node:worker_threads';
import { keepHeapSmall } from '../v8Flags.ts';
import { instantiateKernels } from './instantiateKernels.ts';
import { controlWords, runUnits } from './workTicket.ts';

/** What a kernel thread is started with. */
export interface KernelWorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** How often it looks for a call before it sleeps. */
  readonly spins: number;
}

keepHeapSmall();
const { module, memory, spins } = workerData as KernelWorkerData;
const { list } = instantiateKernels(module, memory);
const words = new Int32Array(memory.buffer, 0, 512);
const args = new Float64Array(memory.buffer, 0, 512);

let seen = 0;
for (;;) {
  for (let spin = 0; spin < spins && Atomics.load(words, controlWords.sequence) === seen; spin++);
  Atomics.wait(words, controlWords.sequence, seen);
  seen = Atomics.load(words, controlWords.sequence);
  if (Atomics.load(words, controlWords.quit)) break;
  runUnits(words, args, list);
}
