/** `nerfstream process`: from photos or a video to poses, by COLMAP. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import { isVideo } from '../data/photoNames.ts';
import { DataError } from '../errors.ts';
import type { ProcessListener } from '../process/colmapStages.ts';
import { colmapAdvice, findColmap } from '../process/findColmap.ts';
import { type ProcessSettings, processPaths } from '../process/processFolder.ts';
import { processPhotos } from '../process/processPhotos.ts';
import { describeReport, type ProcessReport } from '../process/processReport.ts';
import { UsageError } from './cliErrors.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { createProgressDisplay, type ProgressDisplay } from './progressDisplay.ts';
import { shownPath } from './shownPath.ts';

/** How photos are placed; what is left out is as the help says. */
interface PlacingOptions {
  readonly points?: boolean;
  readonly cameraModel?: string;
  readonly cameraPerPhoto?: boolean;
  readonly matching?: ProcessSettings['matching'];
  readonly frames?: string;
}

export interface ProcessOptions extends PlacingOptions {
  readonly out: string;
  readonly json?: boolean;
}

/** @returns the exit code */
export async function processCommand(source: string, options: ProcessOptions): Promise<number> {
  const out = path.resolve(options.out);
  const report = await place(source, out, options, options.json ? process.stderr : process.stdout);
  if (report === undefined) return interruptedExitCode;
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describeReport(report, shownPath(out)));
  return 0;
}

/**
 * For `train --process`: places what `data` names into the folder `out`, which trains then, and says what came out.
 * @returns false when a signal ended it
 */
export async function processForTraining(data: string, out: string): Promise<boolean> {
  const report = await place(data, out, {}, process.stdout);
  if (report === undefined) return false;
  process.stdout.write(describeReport(report, shownPath(out)));
  return true;
}

/**
 * Places the photos into `out`, and shows how it goes.
 * @returns undefined when a signal ended it
 */
async function place(
  source: string,
  out: string,
  options: PlacingOptions,
  stream: NodeJS.WriteStream,
): Promise<ProcessReport | undefined> {
  const settings = await settingsOf(source, options);
  const { found: colmap, problems } = await findColmap();
  if (!colmap) throw new UsageError(`no COLMAP was found (${problems.join('; ')}): ${colmapAdvice}`);
  const interruption = new AbortController();
  const stopListening = handleInterrupts(
    () => interruption.abort(),
    () => {},
  );
  const display = createProgressDisplay(stream);
  try {
    stream.write(`${colmap.kind} ${colmap.version}, all that it says: ${shownPath(processPaths(out).log)}\n`);
    return await processPhotos(settings, out, {
      colmap,
      listener: listenerOf(display),
      signal: interruption.signal,
    });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    display.say('interrupted; the same command goes on');
    return undefined;
  } finally {
    display.clear();
    stopListening();
  }
}

/** Says how each stage ends, and shows how far it is. */
function listenerOf({ show, say }: ProgressDisplay): ProcessListener {
  let begunMs = 0;
  return {
    warn: say,
    progress: show,
    stage(name, event) {
      const now = performance.now();
      if (event === 'done before') say(`${name}: done before`);
      if (event === 'finished') say(`${name}: done in ${formatDuration((now - begunMs) / 1000)}`);
      begunMs = now;
    },
  };
}

async function settingsOf(given: string, options: PlacingOptions): Promise<ProcessSettings> {
  const source = path.resolve(given);
  const { points = false, cameraModel = 'auto', cameraPerPhoto = false, matching = 'auto' } = options;
  const frames = Number(options.frames ?? 150);
  if (!Number.isInteger(frames) || frames < 3 || frames > 1000)
    throw new UsageError(`--frames ${options.frames}: how many frames of a video are wanted, 3 to 1000`);
  const found = await stat(source).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new DataError(`${given}: ${reason}. Name a folder of photos or a video.`, given);
  });
  const common = { source, cameraModel, cameraPerPhoto, matching, frames };
  if (points) return { ...common, kind: 'known poses' };
  if (found.isDirectory()) return { ...common, kind: 'photos' };
  if (isVideo(source)) return { ...common, kind: 'video' };
  throw new DataError(`${given}: is neither a folder of photos nor a video.`, given);
}
