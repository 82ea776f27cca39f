/** How many rays a step takes: as many as gave the wanted number of samples lately. */
import { CheckpointError } from '../../errors.ts';
import type { NamedArrays } from '../../tensors/namedArrays.ts';
import type { MarchSettings } from './marchSettings.ts';

export interface RayAverages {
  readonly samplesPerRay: number;
  readonly survivorsPerRay: number;
  rayCount(step: number): number;
  /** After a step. */
  observe(step: { readonly rays: number; readonly samples: number; readonly survivors: number }): void;
  state(): NamedArrays;
  /** @throws CheckpointError when the state is that of another model */
  restore(state: NamedArrays): void;
}

const minRays = 128;
/** Of a step, and of one rendering call. */
export const maxRays = 1 << 14;
/** Share of the newest step. */
const averageRate = 0.3;

/** @param targetSamples of a step, at first */
export function createRayAverages(
  targetSamples: number,
  settings: Pick<MarchSettings, 'initialSamplesPerRay' | 'sampleFactor'>,
): RayAverages {
  /** Samples and survivors a ray. */
  const averages = new Float64Array(2).fill(settings.initialSamplesPerRay);
  const average = (index: number, value: number) => {
    averages[index] = Math.max(1, (1 - averageRate) * averages[index]! + averageRate * value);
  };
  return {
    get samplesPerRay() {
      return averages[0]!;
    },
    get survivorsPerRay() {
      return averages[1]!;
    },
    rayCount(step) {
      const samples = targetSamples * settings.sampleFactor(step);
      return Math.max(minRays, Math.min(maxRays, Math.round(samples / averages[0]!)));
    },
    observe({ rays, samples, survivors }) {
      average(0, samples / rays);
      average(1, survivors / rays);
    },
    state: () => ({ 'rays/averages': { shape: [2], data: averages } }),
    restore(state) {
      const saved = state['rays/averages'];
      if (saved?.data.length !== 2)
        throw new CheckpointError('the checkpoint lacks rays/averages; it belongs to another model');
      averages.set(saved.data);
    },
  };
}
