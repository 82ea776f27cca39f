/** Small pictures for the list of runs: of evaluations, or drawn where there was none. One is drawn at a time, and only while somebody waits for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import sharp, { type Sharp } from 'sharp';
import { CommandError } from '../errors.ts';
import { completeCamera } from '../pipeline/renderCamera.ts';
import type { RunEntry } from './protocol.ts';
import type { StudioRun } from './studioRun.ts';

export interface ThumbnailsOptions {
  readonly list: () => Promise<readonly RunEntry[]>;
  /** A picture of an evaluation, as PNG. */
  readonly picture: (name: string, file: string) => Promise<Buffer | undefined>;
  /** Lends what draws the run: `use` is called while it is there. What is drawn may be given up when the signal is aborted. */
  readonly withRun: (
    name: string,
    use: (run: DrawnRun) => Promise<Buffer>,
    signal: AbortSignal,
  ) => Promise<Buffer>;
  /** Whether nothing has to be opened for drawing the run: it waits for no other then. */
  readonly isAtHand: (name: string) => boolean;
  /** Whether drawing takes time from a training. */
  readonly isTraining: () => Promise<boolean>;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
}

/** As much of a run as is needed for drawing it. */
export type DrawnRun = Pick<StudioRun, 'shown' | 'render'>;

export interface Thumbnails {
  /**
   * JPEG; undefined where there is nothing to be seen.
   * @param signal aborted when nobody waits for it any more: it is not begun then
   */
  read(name: string, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Nothing is begun any more. */
  close(): void;
}

/** Twice what the page shows, for fine screens. */
const longestSide = 192;
const jpegQuality = 80;
/** A drawing that takes longer is given up: others wait. */
const longestMs = 60_000;
/** Of some 8 kB each. */
const mostKept = 500;
/** A training that pauses or ends is owed no time any more; that is noticed so soon. */
const askAgainMs = 1_000;
/** A training keeps so much of the time that drawing would take. */
const trainingShare = 0.95;

/** One that was made, or could not be. */
interface Kept {
  readonly version: string;
  readonly jpeg: Buffer | undefined;
}

/** What was made is kept in memory until the run has another picture to show; what could not be made, too. */
export function createThumbnails({
  list,
  picture,
  withRun,
  isAtHand,
  isTraining,
  now,
}: ThumbnailsOptions): Thumbnails {
  const kept = new Map<string, Kept>();
  const closed = new AbortController();
  let drawing: Promise<unknown> = Promise.resolve();

  const draw = (name: string): Promise<Buffer> => {
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(longestMs)]);
    return withRun(name, (run) => drawOne(run, signal), signal);
  };
  const keep = (name: string, made: Kept): void => {
    kept.delete(name);
    kept.set(name, made);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  };
  const make = async (name: string, version: string, how: () => Promise<Buffer | undefined>) => {
    const found = kept.get(name);
    if (found?.version === version) return found.jpeg;
    const jpeg = await how().catch(() => undefined);
    keep(name, { version, jpeg });
    return jpeg;
  };
  /** After those who came before; a training then has the time that it is owed. */
  const inTurn = async (signal: AbortSignal, how: () => Promise<Buffer | undefined>) => {
    const turn = drawing.then(async () => {
      if (signal.aborted || closed.signal.aborted) return { jpeg: undefined, tookMs: 0 };
      const began = now();
      return { jpeg: await how(), tookMs: now() - began };
    });
    drawing = turn.then(async ({ tookMs }) => {
      let restMs = (tookMs * trainingShare) / (1 - trainingShare);
      for (; restMs > 0 && (await isTraining()); restMs -= askAgainMs)
        await sleep(Math.min(restMs, askAgainMs), undefined, { signal: closed.signal });
    });
    drawing = drawing.catch(() => undefined);
    return (await turn).jpeg;
  };
  return {
    async read(name, signal) {
      const thumbnail = (await list()).find((entry) => entry.name === name)?.thumbnail;
      if (!thumbnail) return undefined;
      const { version, file } = thumbnail;
      if (kept.get(name)?.version === version) return kept.get(name)?.jpeg;
      if (file !== undefined)
        return make(name, version, async () => {
          const png = await picture(name, file);
          return png && shrink(sharp(png));
        });
      if (isAtHand(name)) return make(name, version, () => draw(name));
      return inTurn(signal, () => make(name, version, () => draw(name)));
    },
    close: () => closed.abort(),
  };
}

/** What its first held-out photo shows; without one, the first photo. */
async function drawOne({ shown, render }: DrawnRun, signal: AbortSignal): Promise<Buffer> {
  const { scene, outputs = [] } = shown ?? {};
  const { camera } = scene?.eval[0] ?? scene?.train[0] ?? {};
  if (!camera || !outputs.includes('rgb')) throw new CommandError('there is nothing to be seen of the run');
  const scale = Math.min(1, longestSide / Math.max(camera.width, camera.height));
  const request = { camera: completeCamera(camera, scale), outputs: ['rgb'] };
  const { width, height, outputs: drawn } = await render(request, signal);
  return shrink(sharp(drawn['rgb']!.data, { raw: { width, height, channels: 3 } }));
}

function shrink(image: Sharp): Promise<Buffer> {
  const fit = { fit: 'inside', withoutEnlargement: true } as const;
  return image.resize(longestSide, longestSide, fit).jpeg({ quality: jpegQuality }).toBuffer();
}
