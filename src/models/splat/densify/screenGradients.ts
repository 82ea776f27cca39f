/** Statistics that densification looks at: the gradients by the splats' places in the pictures since the last one. */
import { CheckpointError } from '../../../errors.ts';
import type { NamedArrays } from '../../../tensors/namedArrays.ts';
import type { SplatStatistics } from '../splatKernels.ts';

export interface ScreenGradients {
  /** How many splats training began with. */
  readonly initialCount: number;
  /** [count] mean over the steps in which a splat was in view; 0 where there was none. */
  means(count: number): Float32Array;
  clear(): void;
  state(count: number): NamedArrays;
  /** @throws CheckpointError when the state is that of another model */
  restore(state: NamedArrays, count: number): void;
}

/** @param statistics what the kernels add up, and this begins anew */
export function createScreenGradients(statistics: SplatStatistics, countAtStart: number): ScreenGradients {
  const { screenGradients: sums, timesSeen: seen } = statistics;
  let initialCount = countAtStart;
  return {
    get initialCount() {
      return initialCount;
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
  };
}
