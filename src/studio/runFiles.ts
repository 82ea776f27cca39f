/** What a run's folder says of it to those who look: history, pictures, how it ended. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { listCheckpoints } from '../checkpoint/checkpointFiles.ts';
import { type RunPaths, runPaths } from '../runFolder/runPaths.ts';
import type { RunEntry, RunMode, RunThumbnail, ScalarHistory } from './protocol.ts';

interface Columns {
  readonly steps: number[];
  readonly times: number[];
  readonly values: (number | string)[];
}

/** All scalars of `metrics.jsonl`; of one tag and step the later value. Lines that are none (cut off by a kill) are left out. */
export async function readScalars(runDir: string): Promise<ScalarHistory> {
  const history: Record<string, Columns> = Object.create(null) as Record<string, Columns>;
  const file = runPaths(runDir).metrics;
  if (!(await isFile(file))) return history;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const row = parseScalar(line);
    if (!row) continue;
    history[row.tag] ??= { steps: [], times: [], values: [] };
    const columns = history[row.tag]!;
    if (columns.steps.at(-1) === row.step) for (const list of Object.values(columns)) list.pop();
    columns.steps.push(row.step);
    columns.times.push(row.wallTime);
    columns.values.push(row.value);
  }
  return history;
}

function parseScalar(line: string) {
  if (!line.startsWith('{"kind":"scalar"')) return undefined;
  try {
    return JSON.parse(line) as { tag: string; step: number; wallTime: number; value: number | string };
  } catch {
    return undefined;
  }
}

/** A picture of an evaluation. */
export interface PictureEntry {
  readonly file: string;
  readonly index: number;
  readonly step?: number;
}

/** Names that the run itself gives: of the last evaluation of all images, and of the images sink. */
const pictureNames = [/^(\d{5})\.png$/, /^step-(\d{9})-(\d{2,})\.png$/] as const;

export async function listPictures(runDir: string): Promise<PictureEntry[]> {
  const { evaluation, renders } = runPaths(runDir);
  const [last, steps] = await Promise.all([evaluation, renders].map(namesIn));
  return [
    ...last!.flatMap((file) => {
      const [, index] = pictureNames[0].exec(file) ?? [];
      return index === undefined ? [] : [{ file, index: Number(index) }];
    }),
    ...steps!.flatMap((file) => {
      const [, step, index] = pictureNames[1].exec(file) ?? [];
      return index === undefined ? [] : [{ file, index: Number(index), step: Number(step) }];
    }),
  ];
}

/** A picture, as PNG; undefined for a name that is not one of the run's own, and for a link that leads out of the run's folder. */
export async function readPicture(runDir: string, file: string): Promise<Buffer | undefined> {
  const { evaluation, renders } = runPaths(runDir);
  const [isLast, isOfStep] = pictureNames.map((name) => name.test(file));
  if (!isLast && !isOfStep) return undefined;
  try {
    const [folder, target] = await Promise.all(
      [runDir, path.join(isLast ? evaluation : renders, file)].map((place) => realpath(place)),
    );
    return target!.startsWith(folder! + path.sep) ? await readFile(target!) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is a run in the folder. */
export function isRunFolder(runDir: string): Promise<boolean> {
  return stat(runPaths(runDir).config).then(
    () => true,
    () => false,
  );
}

/** What the list of runs says of one. `undefined` for a folder that is no run's. */
export async function describeRunFolder(runDir: string, mode: RunMode): Promise<RunEntry | undefined> {
  const paths = runPaths(runDir);
  const changed = await stat(paths.config).catch(() => undefined);
  if (!changed) return undefined;
  const [summary, config] = await Promise.all([
    readFile(paths.summary, 'utf8').then(JSON.parse, () => undefined) as Promise<Summary | undefined>,
    readFile(paths.config, 'utf8').catch(() => ''),
  ]);
  const written = await stat(paths.summary).catch(() => changed);
  const thumbnail = await findThumbnail(paths, mode, written.mtimeMs);
  return {
    name: path.basename(paths.folder),
    mode,
    method: /^method: (.+)$/m.exec(config)?.[1]?.replace(/^["']|["']$/g, '') ?? '',
    status: mode === 'finished' ? (summary?.status ?? 'unknown') : 'running',
    changedAt: written.mtimeMs,
    ...(summary?.steps !== undefined && { steps: summary.steps }),
    ...(summary?.eval && { psnr: summary.eval.psnr, ssim: summary.eval.ssim }),
    ...(summary?.trainSeconds !== undefined && { trainSeconds: summary.trainSeconds }),
    ...(thumbnail !== undefined && { thumbnail }),
  };
}

/** Of a run that has ended, its last evaluation; else the newest picture of one; without any, what its newest checkpoint would show. */
async function findThumbnail(
  paths: RunPaths,
  mode: RunMode,
  writtenMs: number,
): Promise<RunThumbnail | undefined> {
  const [ofAll, ofStep] = pictureNames;
  const [last] = (await namesIn(paths.evaluation)).filter((file) => ofAll.test(file)).sort();
  if (last !== undefined && mode === 'finished') return { version: `${last}-${writtenMs}`, file: last };
  const pictures = (await namesIn(paths.renders)).filter((file) => ofStep.test(file)).sort();
  const newest = pictures.at(-1)?.slice(0, 'step-000000000'.length);
  const file = pictures.find((name) => name.startsWith(newest!)) ?? last;
  if (file !== undefined) return { version: file, file };
  const [checkpoint] = await listCheckpoints(paths.checkpoints).catch(() => []);
  return checkpoint && { version: path.basename(checkpoint.file) };
}

/** As much of `summary.json` as the list says. */
interface Summary {
  readonly status?: string;
  readonly steps?: number;
  readonly trainSeconds?: number;
  readonly eval?: { readonly psnr: number; readonly ssim: number };
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? false;
}
