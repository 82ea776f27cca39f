/** Which checkpoints may go once a new one is safe. */

export interface RetainedCheckpoint {
  readonly file: string;
  readonly step: number;
  /** Value of the metric that decides which is best; absent where it was not known. */
  readonly score?: number;
}

export interface RetentionPolicy {
  /** How many of the latest stay; at least 1. */
  readonly keep: number;
  /** The best by this metric stays, too. */
  readonly keepBest?: { readonly metric: string; readonly mode: 'max' | 'min' } | null;
}

/** Files to delete: all but the latest `keep` and the best; of equally good ones the later counts. */
export function obsoleteCheckpoints(files: readonly RetainedCheckpoint[], policy: RetentionPolicy): string[] {
  const latestFirst = [...files].sort((a, b) => b.step - a.step);
  const kept = new Set(latestFirst.slice(0, policy.keep));
  if (policy.keepBest) {
    const sign = policy.keepBest.mode === 'max' ? 1 : -1;
    const scored = latestFirst.filter(({ score }) => score !== undefined);
    const best = scored.reduce<RetainedCheckpoint | undefined>(
      (leader, next) => (leader === undefined || sign * (next.score! - leader.score!) > 0 ? next : leader),
      undefined,
    );
    if (best) kept.add(best);
  }
  return latestFirst.filter((file) => !kept.has(file)).map(({ file }) => file);
}
