/** A sweep on this machine: its runs one after another, or a few beside each other, until all have ended. */
import PQueue from 'p-queue';
import { makeNamedFolder } from '../runFolder/makeFolders.ts';
import { takeRunLock } from '../runFolder/runLock.ts';
import { type CarryOutOptions, carryOutRun } from './carryOutRun.ts';
import type { LoadedSweep, SweepRun } from './loadSweep.ts';
import type { RunEnd, RunJob } from './runJob.ts';
import type { RunProgress } from './runProgress.ts';
import { openJournal, planOf, readJournal, readPlan, sweepPaths, writePlan } from './sweepJournal.ts';
import { changeOfPlan, recordsOf } from './sweepRecords.ts';
import { sweepSchedule } from './sweepSchedule.ts';

/** Who is told how it goes. */
export interface SweepListener {
  /** Something about the sweep as a whole, in one line. */
  said(line: string): void;
  begun(job: RunJob): void;
  status(job: RunJob, progress: RunProgress): void;
  ended(job: RunJob, end: RunEnd): void;
}

export interface RunSweepOptions {
  /** Folder of the sweep: its runs lie there, and what has become of them. */
  readonly folder: string;
  /** Runs beside each other. Default 1. */
  readonly parallel?: number;
  /** Threads of each run, where its configuration says nothing. */
  readonly threads?: number | undefined;
  /** Tries again what has failed. */
  readonly retry?: boolean;
  /** Once aborted, what runs is saved, and nothing more begins. */
  readonly signal?: AbortSignal;
  readonly listener?: SweepListener;
  /** What carries out a job. Default: a process of the command line. */
  readonly carryOut?: (
    job: RunJob,
    options: CarryOutOptions & { readonly onStatus: (progress: RunProgress) => void },
  ) => Promise<RunEnd>;
}

/**
 * Carries out what of the sweep has not been yet. An interrupted one goes on where it was; a run that has ended for good is not run twice, nor is
 * another one with the same configuration.
 * @throws RunFolderError when the folder cannot be made, another process has it, or what was begun there does not fit the sweep
 */
export async function runSweep(sweep: LoadedSweep, options: RunSweepOptions): Promise<void> {
  const { folder, parallel = 1, retry = false, signal, listener, carryOut = carryOutRun } = options;
  const plan = planOf(sweep);
  const before = await readPlan(folder);
  const entries = await readJournal(folder);
  const change = before && changeOfPlan(before, plan, entries.length > 0, folder);
  const records = recordsOf(plan, entries, folder);
  await makeNamedFolder(folder, '--out');
  const lock = await takeRunLock(sweepPaths(folder).lock);
  try {
    if (change !== undefined) listener?.said(change);
    await writePlan(folder, plan);
    const journal = await openJournal(folder);
    const schedule = sweepSchedule(sweep, records, { retry });
    const byName = new Map(sweep.runs.map((run) => [run.run, run]));
    const queue = new PQueue({ concurrency: parallel });
    let broken: { readonly error: unknown } | undefined;

    const one = async (job: RunJob): Promise<void> => {
      const hashes = hashesOf(byName.get(job.run)!);
      await journal.append({
        event: 'begun',
        ...hashes,
        ...(job.stopAtStep !== undefined && { stopAtStep: job.stopAtStep }),
      });
      listener?.begun(job);
      const threads = job.config['threads'] === undefined ? options.threads : undefined;
      const end = await carryOut(job, {
        outDir: folder,
        onStatus: (status) => listener?.status(job, status),
        ...(threads !== undefined && { threads }),
        ...(signal && { signal }),
      });
      await journal.append({ event: 'ended', ...hashes, end });
      schedule.report(job.run, end);
      listener?.ended(job, end);
    };
    /** As many as there are places: what the next one is may depend on how these end. */
    const fill = (): void => {
      while (!broken && !signal?.aborted && queue.pending + queue.size < parallel) {
        const job = schedule.next();
        if (!job) return;
        queue
          .add(() => one(job))
          .catch((error: unknown) => {
            broken ??= { error };
          })
          .finally(fill);
      }
    };
    try {
      fill();
      await untilEmpty(queue);
    } finally {
      await journal.close();
    }
    if (broken) throw broken.error;
  } finally {
    await lock.release();
  }
}

/** Idle, and nobody has added anything in the turn after. */
async function untilEmpty(queue: PQueue): Promise<void> {
  do {
    await queue.onIdle();
    await new Promise((resolve) => setImmediate(resolve));
  } while (queue.pending + queue.size > 0);
}

function hashesOf({ run, configHash, trainedHash }: SweepRun) {
  return { run, configHash, trainedHash };
}
