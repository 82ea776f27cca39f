/** Which checkpoints stay, and why; the others may go once a new one is safe. */

export interface RetainedCheckpoint {
  readonly file: string;
  readonly step: number;
  /** Value of the metric that decides which is best; absent where it was not known. */
  readonly score?: number;
}

export interface RetentionPolicy {
  /** How many of the latest stay; at least 1. */
  readonly keep: number;
  /** Those of every so many steps stay for ever; 0: none. */
  readonly keepEverySteps?: number;
  /** The best by this metric stay, too: `count` of them (default 1). */
  readonly keepBest?: {
    readonly metric: string;
    readonly mode: 'max' | 'min';
    readonly count?: number;
  } | null;
}

/** Why a checkpoint stays: by which rule, or because somebody pinned it. */
export type RetentionReason = 'latest' | 'every' | 'best' | 'pinned';

/**
 * @param pinned steps that stay whatever the rules say
 * @returns why each one stays, newest first; those without a reason may go. Of equally good ones the later is better.
 */
export function retentionReasons(
  files: readonly RetainedCheckpoint[],
  { keep, keepEverySteps = 0, keepBest }: RetentionPolicy,
  pinned: ReadonlySet<number>,
): { readonly checkpoint: RetainedCheckpoint; readonly reasons: readonly RetentionReason[] }[] {
  const latestFirst = [...files].sort((a, b) => b.step - a.step);
  const latest = new Set(latestFirst.slice(0, keep));
  const best = new Set(bestFirst(files, keepBest).slice(0, keepBest?.count ?? 1));
  return latestFirst.map((checkpoint) => {
    const { step } = checkpoint;
    const reasons: RetentionReason[] = [];
    if (latest.has(checkpoint)) reasons.push('latest');
    if (keepEverySteps > 0 && step > 0 && step % keepEverySteps === 0) reasons.push('every');
    if (best.has(checkpoint)) reasons.push('best');
    if (pinned.has(step)) reasons.push('pinned');
    return { checkpoint, reasons };
  });
}

/** The checkpoints whose value is known, the best first; none where nothing decides. Of equally good ones the later is better. */
export function bestFirst(
  files: readonly RetainedCheckpoint[],
  keepBest: RetentionPolicy['keepBest'],
): RetainedCheckpoint[] {
  if (!keepBest) return [];
  const sign = keepBest.mode === 'min' ? -1 : 1;
  return files
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => sign * (b.score! - a.score!) || b.step - a.step);
}

/** Files to delete: those that no rule and no pin keeps. */
export function obsoleteCheckpoints(
  files: readonly RetainedCheckpoint[],
  policy: RetentionPolicy,
  pinned: ReadonlySet<number>,
): string[] {
  return retentionReasons(files, policy, pinned)
    .filter(({ reasons }) => reasons.length === 0)
    .map(({ checkpoint }) => checkpoint.file);
}
