/** What a run folder says of itself: how far the run is, how it ended, and what it measured. */
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { canonicalJson } from '../checkpoint/canonicalJson.ts';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { listCheckpoints, readCheckpointHeader } from '../checkpoint/checkpointFiles.ts';
import type { Config } from '../config/schema.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import type { RunEnd } from './runJob.ts';

/** What of summary.json matters here. */
const summarySchema = z.object({
  status: z.enum(['completed', 'stopped', 'interrupted', 'failed']),
  steps: z.int().nonnegative(),
  trainSeconds: z.number().nonnegative(),
});
export type EndedRun = z.output<typeof summarySchema>;

/** How the last session that came to an end did so; undefined where none did. */
export async function readSummary(folder: string): Promise<EndedRun | undefined> {
  return summarySchema.safeParse(await readJson(runPaths(folder).summary)).data;
}

/**
 * `none`: there is nothing. `whole`: a checkpoint to go on from. `empty`: a run that ended before it was saved; nothing in it is of worth.
 * `other`: something that is not this run, or has no whole checkpoint.
 */
export type FolderContent = 'none' | 'whole' | 'empty' | 'other';

/** What lies at `folder`, for a run of `config`. */
export async function contentOf(folder: string, config: Config): Promise<FolderContent> {
  if (!existsSync(folder)) return 'none';
  const paths = runPaths(folder);
  const checkpoints = await listCheckpoints(paths.checkpoints);
  for (const { file } of checkpoints)
    if (await readCheckpointHeader(file).catch(() => undefined)) return 'whole';
  if (checkpoints.length > 0) return 'other';
  const saved = await savedConfig(folder);
  if (saved !== undefined) return isSameRun(saved, config) ? 'empty' : 'other';
  // Ended while its folder was being made: nothing but what every folder begins with.
  const begun = [paths.lock, paths.checkpoints].map((file) => path.basename(file));
  const names = await readdir(folder);
  return names.every((name) => begun.includes(name) || name.endsWith('.tmp')) ? 'empty' : 'other';
}

/**
 * How the run ended for good in an earlier session, if it did: what it was asked for then is what it is asked for now.
 * @param stopAtStep the step that it is to come to, of a run that is not to be finished yet
 */
export async function endInFolder(
  folder: string,
  config: Config,
  stopAtStep: number | undefined,
): Promise<RunEnd | undefined> {
  const summary = await readSummary(folder);
  const saved = summary && (await savedConfig(folder));
  if (!saved || !isSameRun(saved, config)) return undefined;
  const { status, steps } = summary;
  if (status === 'completed')
    return { outcome: 'finished', ending: 'completed', ...(await measuredIn(folder, summary)) };
  if (status !== 'stopped' || stopAtStep === undefined || steps < stopAtStep) return undefined;
  return { outcome: 'reachedStep', ...(await measuredIn(folder, summary)) };
}

/** Step, training time and metrics of the run as it lies there. */
export async function measuredIn(folder: string, summary: EndedRun | undefined) {
  const [newest] = await listCheckpoints(runPaths(folder).checkpoints).catch(() => []);
  return {
    step: summary?.steps ?? newest?.step ?? 0,
    trainSeconds: summary?.trainSeconds ?? 0,
    metrics: await newestMetrics(runPaths(folder).metrics),
  };
}

/** The newest value of each scalar of a metrics.jsonl. What is not finite, and single images, are left out. */
export async function newestMetrics(file: string): Promise<Record<string, number>> {
  const newest = new Map<string, number>();
  if (!existsSync(file)) return {};
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (!line.includes('"scalar"') || line.includes('"eval/images/')) continue;
    const { kind, tag, value } = parsedLine(line);
    if (kind !== 'scalar' || typeof tag !== 'string') continue;
    if (typeof value === 'number') newest.set(tag, value);
    else newest.delete(tag);
  }
  return Object.fromEntries(newest);
}

/** The last line may be half written. */
function parsedLine(line: string): {
  readonly kind?: unknown;
  readonly tag?: unknown;
  readonly value?: unknown;
} {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

async function savedConfig(folder: string): Promise<Config | undefined> {
  const text = await readFile(runPaths(folder).config, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (parse(text) as Config);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether both train the same for as long: data may lie elsewhere, and threads, sinks and intervals change no bit. */
function isSameRun(saved: Config, wanted: Config): boolean {
  return canonicalJson(trainedPart(saved)) === canonicalJson(trainedPart(wanted));
}

/** What decides the bits of a run and its length, wherever its data lie. */
export function trainedPart({ model, data, groups, trainer }: Config): Plain {
  const { path: _, memoryMegabytes: __, ...photos } = data;
  const {
    stopAtStep: ___,
    startPaused: ____,
    profile: _____,
    histogramsEverySteps: ______,
    ...limits
  } = trainer;
  return JSON.parse(JSON.stringify({ model, photos, groups, limits })) as Plain;
}
