/** What a journal says of the runs of a plan, and whether the plan still is the one that was begun. */
import { RunFolderError } from '../errors.ts';
import type { JournalEntry, SweepPlan } from './sweepJournal.ts';
import type { RunRecord } from './sweepSchedule.ts';

type PlanRun = SweepPlan['runs'][number];

/**
 * What is known of each run of the plan, by name. What a run of another name with the very same configuration came to counts, too.
 * @throws RunFolderError where a run of the same name was another one
 */
export function recordsOf(
  plan: SweepPlan,
  journal: readonly JournalEntry[],
  folder: string,
): ReadonlyMap<string, RunRecord & { readonly folder: string }> {
  const byName = groupedBy(journal, ({ run }) => run);
  const byConfig = groupedBy(journal, ({ configHash }) => configHash);
  return new Map(
    plan.runs.flatMap((run) => {
      const own = withoutBadInput(byName.get(run.run) ?? [], run);
      if (own.some(({ trainedHash }) => trainedHash !== run.trainedHash)) throw changed(run, folder);
      const entries = own.length > 0 ? own : entriesOfOne(byConfig.get(run.configHash) ?? []);
      return entries.length === 0
        ? []
        : [[run.run, { ...recordOf(entries), folder: entries[0]!.run }] as const];
    }),
  );
}

/** @returns what the plan has become, in words; undefined where it is the same. @throws RunFolderError where what was begun does not fit it */
export function changeOfPlan(
  before: SweepPlan,
  now: SweepPlan,
  hasBegun: boolean,
  folder: string,
): string | undefined {
  const ladder = ({ ladder, reductionFactor }: SweepPlan) => JSON.stringify([ladder, reductionFactor]);
  if (hasBegun && ladder(before) !== ladder(now))
    throw new RunFolderError(
      `${folder}: sweep.asha has changed since this sweep began (rungs at ${before.ladder?.join(', ') ?? 'none'}, now ${now.ladder?.join(', ') ?? 'none'}): give the new one another --out`,
      folder,
    );
  const [old, new_] = [before, now].map(
    ({ runs }) => new Set(runs.map(({ run, trainedHash }) => `${run} ${trainedHash}`)),
  );
  const added = [...new_!].filter((run) => !old!.has(run)).length;
  const gone = [...old!].filter((run) => !new_!.has(run)).length;
  if (added === 0 && gone === 0) return undefined;
  return `the sweep has changed: ${added} runs are new, ${gone} are in it no longer`;
}

/** A run that could not begin, and whose settings were mended since, has not begun. */
function withoutBadInput(
  entries: readonly JournalEntry[],
  { trainedHash }: PlanRun,
): readonly JournalEntry[] {
  const others = entries.filter((entry) => entry.trainedHash !== trainedHash);
  const last = others.at(-1);
  const trainedNothing = last?.event === 'ended' && last.end.outcome === 'failed' && last.end.step === 0;
  return trainedNothing ? entries.filter((entry) => entry.trainedHash === trainedHash) : entries;
}

/** One run's entries of several that have the same configuration: the first one's. */
function entriesOfOne(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  return entries.filter(({ run }) => run === entries[0]?.run);
}

function recordOf(entries: readonly JournalEntry[]): RunRecord {
  const ends = entries.flatMap((entry) => (entry.event === 'ended' ? [entry.end] : []));
  const last = entries.at(-1);
  const open = last?.event === 'ended' && last.end.outcome === 'givenBack' ? entries.findLast(isBegun) : last;
  return { ends, ...(open && isBegun(open) && { begun: { stopAtStep: open.stopAtStep } }) };
}

function isBegun(entry: JournalEntry): entry is Extract<JournalEntry, { event: 'begun' }> {
  return entry.event === 'begun';
}

function changed({ run }: PlanRun, folder: string): RunFolderError {
  return new RunFolderError(
    `${folder}: run ${run} has begun with other settings than the sweep says now; give the changed sweep another --out, or move ${folder} away`,
    folder,
  );
}

function groupedBy(entries: readonly JournalEntry[], keyOf: (entry: JournalEntry) => string) {
  const groups = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    const group = groups.get(keyOf(entry));
    if (group) group.push(entry);
    else groups.set(keyOf(entry), [entry]);
  }
  return groups;
}
