/** Statistics that densification looks at: the gradients by the splats' places in the pictures since the last one. */
import { CheckpointError } from '../../../errors.ts';
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import type { NamedArrays } from '../../../tensors/namedArrays.ts';

export interface ScreenGradients {
  /** How many splats training began with. */
  readonly initialCount: number;
  /** Takes in a step. @param lengths [count] in the kernels' memory, with room up to a multiple of 4; negative for splats out of view */
  add(lengths: Float32Array, count: number): void;
  /** [count] mean over the steps in which a splat was in view; 0 where there was none. */
  means(count: number): Float32Array;
  clear(): void;
  state(count: number): NamedArrays;
  /** @throws CheckpointError when the state is that of another model */
  restore(state: NamedArrays, count: number): void;
  dispose(): void;
}

/** @param capacity most splats there will be */
export function createScreenGradients(
  kernels: KernelPool,
  capacity: number,
  countAtStart: number,
): ScreenGradients {
  const block = kernels.allocate(2 * capacity * 4 + 32);
  const roomy = Math.ceil(capacity / 4) * 4;
  const [sumsAddress, seenAddress] = [block, block + roomy * 4];
  const sums = kernels.float32(sumsAddress, capacity);
  const seen = kernels.float32(seenAddress, capacity);
  let initialCount = countAtStart;
  return {
    get initialCount() {
      return initialCount;
    },
    add(lengths, count) {
      kernels.call('splatAddScreenGradients', count, kernels.addressOf(lengths)!, sumsAddress, seenAddress);
    },
    means(count) {
      const means = new Float32Array(count);
      for (let row = 0; row < count; row++) means[row] = seen[row]! > 0 ? sums[row]! / seen[row]! : 0;
      return means;
    },
    clear() {
      sums.fill(0);
      seen.fill(0);
    },
    state: (count) => ({
      initialCount: { shape: [], data: Float64Array.of(initialCount) },
      screenGradientSums: { shape: [count], data: sums.subarray(0, count) },
      timesSeen: { shape: [count], data: seen.subarray(0, count) },
    }),
    restore(state, count) {
      const of = (name: string, length: number) => {
        const data = state[name]?.data;
        if (data?.length !== length)
          throw new CheckpointError(
            `the checkpoint is of another model: pipeline state ${name} does not fit.`,
          );
        return data as Float32Array;
      };
      const [first] = of('initialCount', 1);
      const [savedSums, savedSeen] = [of('screenGradientSums', count), of('timesSeen', count)];
      sums.fill(0).set(savedSums);
      seen.fill(0).set(savedSeen);
      initialCount = first!;
    },
    dispose: () => kernels.release(block),
  };
}
