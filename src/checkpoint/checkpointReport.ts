/** What people want to know of a folder of checkpoints: what is there, why it stays, and what is damaged. */
import { rm, stat } from 'node:fs/promises';
import { CheckpointError } from '../errors.ts';
import { inspectCheckpoint, listCheckpoints } from './checkpointFiles.ts';
import { type CheckpointPins, readPins, withPins } from './checkpointPins.ts';
import { retainedCheckpoints } from './retainedCheckpoints.ts';
import { type RetentionPolicy, type RetentionReason, retentionReasons } from './retention.ts';

export interface CheckpointRow {
  readonly step: number;
  readonly file: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly savedAt: string;
  /** Why it stays; empty: the next prune deletes it. */
  readonly keptAs: readonly RetentionReason[];
  readonly pins: readonly string[];
  /** Value of the metric that decides which is best, where it was known. */
  readonly score?: number;
  /** The header cannot be read. `verify` says more. */
  readonly damaged: boolean;
}

/** One row a checkpoint, newest first. Headers are read, tensors are not. @throws CheckpointError */
export async function describeCheckpoints(folder: string, policy: RetentionPolicy): Promise<CheckpointRow[]> {
  const pins = await readPins(folder);
  const whole = await retainedCheckpoints(folder, policy.keepBest?.metric);
  const kept = new Map(
    retentionReasons(whole, policy, new Set(pins.values())).map(({ checkpoint, reasons }) => [
      checkpoint.file,
      { reasons, score: checkpoint.score },
    ]),
  );
  const files = await listCheckpoints(folder);
  const rows = files.map(async ({ file, step }): Promise<CheckpointRow[]> => {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) return [];
    const { reasons = [], score } = kept.get(file) ?? {};
    const names = [...pins].flatMap(([name, pinned]) => (pinned === step ? [name] : []));
    return [
      {
        step,
        file,
        bytes: found.size,
        savedAt: found.mtime.toISOString(),
        keptAs: reasons,
        pins: names,
        ...(score !== undefined && { score }),
        damaged: !kept.has(file),
      },
    ];
  });
  return (await Promise.all(rows)).flat();
}

/** One row a checkpoint, newest first: every byte was read and compared with its checksum. `reason` is absent where all is well. */
export async function verifyCheckpoints(
  folder: string,
): Promise<{ readonly step: number; readonly file: string; readonly reason?: string }[]> {
  const rows = [];
  for (const { file, step } of await listCheckpoints(folder)) {
    const reason = await faultOf(file);
    rows.push({ step, file, ...(reason !== undefined && { reason }) });
  }
  return rows;
}

/**
 * Deletes what neither the policy nor a pin keeps. Damaged files count as absent and stay; if nothing is whole, nothing goes.
 *
 * @param dryRun says what would go
 * @returns the files that are gone
 * @throws CheckpointError
 */
export async function pruneCheckpoints(
  folder: string,
  policy: RetentionPolicy,
  dryRun: boolean,
): Promise<string[]> {
  const damaged = new Set(
    (await verifyCheckpoints(folder)).flatMap(({ file, reason }) => (reason === undefined ? [] : [file])),
  );
  const found = await retainedCheckpoints(folder, policy.keepBest?.metric);
  const whole = found.filter(({ file }) => !damaged.has(file));
  const obsoleteBeside = (pins: CheckpointPins) =>
    retentionReasons(whole, policy, new Set(pins.values())).flatMap(({ checkpoint, reasons }) =>
      reasons.length === 0 ? [checkpoint.file] : [],
    );
  if (dryRun) return obsoleteBeside(await readPins(folder));
  return withPins(folder, async (pins) => {
    const obsolete = obsoleteBeside(pins);
    for (const file of obsolete) await rm(file, { force: true });
    return obsolete;
  });
}

async function faultOf(file: string): Promise<string | undefined> {
  try {
    await inspectCheckpoint(file);
    return undefined;
  } catch (error) {
    if (error instanceof CheckpointError) return error.message;
    throw error;
  }
}
