/** The factors that people (and rollbacks) put on learning rates: set at once, in force from the next step on. */
import type { Plain } from '../src/checkpoint/checkpoint.ts';
import type { Schedulers } from '../src/schedulers/schedulers.ts';

export interface LearningRateFactors {
  /** Notes a factor; a later one for the same group replaces it. */
  schedule(group: string, factor: number): void;
  /** Puts what was noted in force. Called before a step and before the state is copied. */
  apply(schedulers: Schedulers): void;
  /** Halves the factors of all groups from the next step on. */
  halve(groups: readonly string[]): void;
  /** The factors by group, for a checkpoint. */
  state(): Record<string, number>;
  restore(state: Plain | undefined): void;
}

export function createLearningRateFactors(): LearningRateFactors {
  const factors = new Map<string, number>();
  const waiting = new Set<string>();
  const schedule = (group: string, factor: number): void => {
    factors.set(group, factor);
    waiting.add(group);
  };
  return {
    schedule,
    apply(schedulers) {
      if (waiting.size === 0) return;
      for (const group of waiting) schedulers.setFactor(group, factors.get(group) ?? 1);
      waiting.clear();
    },
    halve(groups) {
      for (const group of groups) schedule(group, (factors.get(group) ?? 1) / 2);
    },
    state: () => Object.fromEntries(factors),
    restore(state) {
      if (typeof state !== 'object' || state === null) return;
      for (const [group, factor] of Object.entries(state))
        if (typeof factor === 'number' && !waiting.has(group)) factors.set(group, factor);
    },
  };
}
