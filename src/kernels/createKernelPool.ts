/** Starts the kernel threads and gives the calling thread its hold on them. */
import { Worker } from 'node:worker_threads';
import { builtUrl } from '../builtUrl.ts';
import { EngineError } from '../errors.ts';
import { instantiateKernels } from './instantiateKernels.ts';
import type { KernelPool } from './kernelPool.ts';
import type { KernelVariant } from './kernelVariants.ts';
import type { KernelWorkerData } from './kernelWorker.ts';
import { loadKernelModule } from './loadKernelModule.ts';
import { createMemoryAllocator } from './memoryAllocator.ts';
import {
  controlWords,
  firstArgument,
  heapStartOf,
  type Kernel,
  maxArguments,
  maxUnits,
  runUnits,
} from './workTicket.ts';

export interface KernelPoolOptions {
  /** Threads that compute, the calling one included; at least 1. */
  readonly threads: number;
  readonly variant?: 'auto' | KernelVariant;
}

const pageBytes = 65_536;
const maxPages = 65_536;
/** 16 MiB */
const sparePages = 256;
/** About 20 microseconds: kernels of one step follow each other within that. */
const workerSpins = 2_000;
const callerSpins = 20_000;

/**
 * Starts `threads - 1` workers. The pool belongs to the calling thread: only it may run kernels, and it blocks while they run.
 * @throws EngineError when the kernels cannot be loaded
 */
export async function createKernelPool(options: KernelPoolOptions): Promise<KernelPool> {
  const { module, variant } = await loadKernelModule(options.variant);
  const memory = new WebAssembly.Memory({ initial: 64, maximum: maxPages, shared: true });
  const { list, indexByName } = instantiateKernels(module, memory);
  const words = new Int32Array(memory.buffer, 0, 512);
  const args = new Float64Array(memory.buffer, 0, 512);
  const workers = await startWorkers(options.threads - 1, { module, memory, spins: workerSpins });

  // Growing replaces `memory.buffer`; views over the old object stay valid, so all of them are ours.
  const buffers = new WeakSet<object>([memory.buffer]);
  const heapStart = heapStartOf(options.threads);
  const allocator = createMemoryAllocator(heapStart, (totalBytes) => {
    growMemory(memory, totalBytes);
    buffers.add(memory.buffer);
  });

  /** Memory from here on was never handed out: it is zero, and touching it would make it resident. */
  let untouched = heapStart;
  const reserve = (bytes: number) => {
    const address = allocator.allocate(bytes);
    untouched = Math.max(untouched, address + bytes);
    return address;
  };
  const kernelIndex = (name: string) => {
    const index = indexByName.get(name);
    if (index === undefined) throw new EngineError(`no kernel is named ${name}`);
    return index;
  };
  const waitForUnits = (units: number) => {
    let spins = callerSpins;
    for (;;) {
      const completed = Atomics.load(words, controlWords.completed);
      if (completed >= units) return;
      if (spins > 0) spins--;
      else Atomics.wait(words, controlWords.completed, completed);
    }
  };

  return {
    threads: options.threads,
    variant,
    allocate(bytes) {
      const used = untouched;
      const address = reserve(bytes);
      if (address < used) new Uint8Array(memory.buffer, address, Math.min(bytes, used - address)).fill(0);
      return address;
    },
    reserve,
    release: allocator.release,
    get memoryUse() {
      return { usedBytes: allocator.usedBytes, peakBytes: allocator.peakBytes };
    },
    float32: (address, length) => new Float32Array(memory.buffer, address, length),
    int32: (address, length) => new Int32Array(memory.buffer, address, length),
    uint8: (address, length) => new Uint8Array(memory.buffer, address, length),
    addressOf: (view) => (buffers.has(view.buffer) ? view.byteOffset : undefined),
    run(name, units, ...values) {
      const kernel = kernelIndex(name);
      if (units > maxUnits || values.length > maxArguments)
        throw new EngineError(`${name}: ${units} units or ${values.length} arguments are too many`);
      if (units === 0) return;
      if (units === 1) {
        runHere(name, list[kernel]!, values);
        return;
      }
      words[controlWords.units] = 0;
      words[controlWords.kernel] = kernel;
      words[controlWords.argumentCount] = values.length;
      args.set(values, firstArgument);
      Atomics.store(words, controlWords.completed, 0);
      const call = Atomics.add(words, controlWords.sequence, 1) + 1;
      // The number of units is set before the ticket opens: an old ticket never sees units of this call.
      Atomics.store(words, controlWords.ticket, (call << 16) | maxUnits);
      words[controlWords.units] = units;
      Atomics.store(words, controlWords.ticket, call << 16);
      if (workers.length > 0) Atomics.notify(words, controlWords.sequence);
      runUnits(words, args, list);
      waitForUnits(units);
      if (Atomics.exchange(words, controlWords.failed, 0)) throw new EngineError(`kernel ${name} failed`);
    },
    call: (name, ...values) => Number(list[kernelIndex(name)]!(...values) ?? 0),
    dispose() {
      Atomics.store(words, controlWords.quit, 1);
      Atomics.add(words, controlWords.sequence, 1);
      Atomics.notify(words, controlWords.sequence);
    },
  };
}

/** Grows to at least `totalBytes`, and some more, because growing is slow. */
function growMemory(memory: WebAssembly.Memory, totalBytes: number): void {
  const pages = memory.buffer.byteLength / pageBytes;
  const missing = Math.ceil(totalBytes / pageBytes) - pages;
  if (missing <= 0) return;
  try {
    memory.grow(Math.max(missing, Math.min(sparePages, maxPages - pages)));
  } catch (cause) {
    throw new EngineError(
      `out of kernel memory: ${Math.ceil(totalBytes / 2 ** 20)} MiB are needed, and a WebAssembly memory holds at most 4096 (or less, where the system has less); use smaller batches, or dispose tensors earlier`,
      { cause },
    );
  }
}

/** A single unit: no other thread need hear of it. */
function runHere(name: string, kernel: Kernel, values: readonly number[]): void {
  try {
    kernel(0, ...values);
  } catch (cause) {
    throw new EngineError(`kernel ${name} failed`, { cause });
  }
}

async function startWorkers(count: number, workerData: KernelWorkerData): Promise<Worker[]> {
  const url = builtUrl(import.meta.url, './kernelWorker.js');
  return Promise.all(
    Array.from({ length: count }, async () => {
      const worker = new Worker(url, { workerData, stdout: false, stderr: false });
      await new Promise<void>((resolve, reject) => {
        worker.once('online', resolve);
        worker.once('error', (cause) => reject(new EngineError('a kernel thread did not start', { cause })));
      });
      worker.unref();
      return worker;
    }),
  );
}
