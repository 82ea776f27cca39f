/**
 * What has become of a sweep's runs, on the disk: `sweep.json` is the plan, replaced as a whole; `sweep.jsonl` has a line for each beginning
 * and each end of a run, and only grows. A line that a killed process wrote half is dropped.
 */
import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { RunFolderError } from '../errors.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import type { LoadedSweep } from './loadSweep.ts';
import { runEndSchema } from './runJob.ts';
import { runNameSchema } from './runNames.ts';

/** Where things lie in a sweep's folder; runs lie beside them. */
export function sweepPaths(folder: string) {
  const inside = (name: string): string => path.join(path.resolve(folder), name);
  return {
    plan: inside('sweep.json'),
    journal: inside('sweep.jsonl'),
    best: inside('best.yaml'),
    lock: inside('sweep.lock'),
  };
}

const planSchema = z.object({
  version: z.literal(1),
  name: runNameSchema,
  metric: z.string(),
  mode: z.enum(['max', 'min']),
  ladder: z.array(z.int().positive()).optional(),
  reductionFactor: z.int().optional(),
  /** Keys that are tried, and how they were drawn. */
  keys: z.array(z.object({ key: z.string(), kind: z.enum(['grid', 'choice', 'uniform', 'logUniform']) })),
  runs: z.array(
    z.object({
      run: runNameSchema,
      config: z.string().optional(),
      scene: z.string().optional(),
      settings: z.record(z.string(), z.json() as z.ZodType<Plain>),
      configHash: z.string(),
      trainedHash: z.string(),
      maxSteps: z.int().positive(),
    }),
  ),
});
/** The plan of a sweep as it lies in its folder. */
export type SweepPlan = z.output<typeof planSchema>;

const hashes = { run: runNameSchema, configHash: z.string(), trainedHash: z.string() };
const journalEntry = z.discriminatedUnion('event', [
  z.object({ event: z.literal('begun'), ...hashes, stopAtStep: z.int().positive().optional() }),
  z.object({ event: z.literal('ended'), ...hashes, end: runEndSchema }),
]);
export type JournalEntry = z.output<typeof journalEntry>;

/** The plan as it is written. */
export function planOf(sweep: LoadedSweep): SweepPlan {
  return {
    version: 1,
    name: sweep.name,
    metric: sweep.metric,
    mode: sweep.mode,
    ...(sweep.ladder && { ladder: [...sweep.ladder] }),
    ...(sweep.asha && { reductionFactor: sweep.asha.reductionFactor }),
    keys: sweep.keys.map(({ key, kind }) => ({ key, kind })),
    runs: sweep.runs.map(({ run, config, scene, settings, configHash, trainedHash, job }) => ({
      run,
      ...(config && { config: config.label }),
      ...(scene && { scene: scene.label }),
      settings,
      configHash,
      trainedHash,
      maxSteps: (job.config as { trainer: { maxSteps: number } }).trainer.maxSteps,
    })),
  };
}

/** The plan in a folder; undefined where there is none. @throws RunFolderError for one that is damaged */
export async function readPlan(folder: string): Promise<SweepPlan | undefined> {
  const file = sweepPaths(folder).plan;
  const text = await readOrNothing(file);
  if (text === undefined) return undefined;
  const parsed = planSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new RunFolderError(
    `${file} is not the plan of a sweep, or one of another version: ${z.prettifyError(parsed.error).split('\n')[0]}`,
    folder,
  );
}

/** Makes the folder where there is none, and writes the plan. */
export async function writePlan(folder: string, plan: SweepPlan): Promise<void> {
  await makeFolders(path.resolve(folder));
  await writeFileAtomically(sweepPaths(folder).plan, `${JSON.stringify(plan, undefined, 1)}\n`);
}

/** All whole lines, in order. @throws RunFolderError for a line in the middle that is none of ours */
export async function readJournal(folder: string): Promise<readonly JournalEntry[]> {
  const file = sweepPaths(folder).journal;
  const lines = ((await readOrNothing(file)) ?? '').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const parsed = journalEntry.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data;
    throw new RunFolderError(
      `${file}:${index + 1} is damaged: remove that line; what it said is tried again`,
      folder,
    );
  });
}

export interface SweepJournal {
  /** Writes a line; it is on the disk when this resolves. */
  append(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

/** Opens the journal to be continued; half a line at its end is cut off. */
export async function openJournal(folder: string): Promise<SweepJournal> {
  const file = sweepPaths(folder).journal;
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  const whole = bytes.lastIndexOf(10) + 1;
  if (whole < bytes.length) await truncate(file, whole);
  const handle: FileHandle = await open(file, 'a');
  let last: Promise<unknown> = Promise.resolve();
  return {
    append(entry) {
      const written = last.then(async () => {
        await handle.appendFile(`${JSON.stringify(entry)}\n`);
        await handle.sync();
      });
      last = written.catch(() => undefined);
      return written;
    },
    async close() {
      await last;
      await handle.close();
    },
  };
}

async function readOrNothing(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw cause;
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
