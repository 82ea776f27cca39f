/** The factors that people put on learning rates: noted at any moment, in force from the next step on. */
import type { Schedulers } from '../src/schedulers/schedulers.ts';

export interface LearningRateFactors {
  /** Notes a factor (> 0); a later one for the same group replaces it. */
  schedule(group: string, factor: number): void;
  /** Puts what was noted in force. Called before each step and before the state is copied. */
  apply(schedulers: Pick<Schedulers, 'setFactor'>): void;
}

export function createLearningRateFactors(): LearningRateFactors {
  const waiting = new Map<string, number>();
  return {
    schedule(group, factor) {
      waiting.set(group, factor);
    },
    apply(schedulers) {
      if (waiting.size === 0) return;
      for (const [group, factor] of waiting) schedulers.setFactor(group, factor);
      waiting.clear();
    },
  };
}
