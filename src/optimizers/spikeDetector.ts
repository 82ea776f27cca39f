/** Notices a loss that leaps out of its usual range. */

export interface SpikeDetectorSettings {
  /** A spike lies this many standard deviations above the mean. @defaultValue 6 */
  readonly deviations?: number;
  /** Share of the running mean and variance that is kept at each step, in 0..1. @defaultValue 0.98 */
  readonly decay?: number;
  /** Values that are only learned from at first. @defaultValue 50 */
  readonly warmupSteps?: number;
}

export interface SpikeDetector {
  /** Hears the next loss; a spike does not enter mean and variance, unless it persists. @returns whether it is a spike */
  observe(loss: number): boolean;
  /** [values heard, mean, variance, spikes in a row]: all that it remembers. */
  state(): readonly [number, number, number, number];
  restore(state: ArrayLike<number>): void;
}

/** As many spikes in a row are a new level, not spikes. */
const mostInARow = 5;

/** Exponential running mean and variance of the loss. */
export function createSpikeDetector(settings: SpikeDetectorSettings = {}): SpikeDetector {
  const { deviations = 6, decay = 0.98, warmupSteps = 50 } = settings;
  let [heard, mean, variance, row] = [0, 0, 0, 0];
  return {
    observe(loss) {
      const spike = heard >= warmupSteps && loss > mean + deviations * Math.sqrt(variance);
      row = spike ? row + 1 : 0;
      if (spike && row < mostInARow) return true;
      const weight = Math.max(1 - decay, 1 / (heard + 1));
      const difference = loss - mean;
      mean += weight * difference;
      variance = (1 - weight) * (variance + weight * difference * difference);
      heard++;
      return false;
    },
    state: () => [heard, mean, variance, row],
    restore(state) {
      [heard, mean, variance, row] = Array.from(state) as [number, number, number, number];
    },
  };
}
