/** Photos from a video: the sharpest frame of each interval, chosen by us and decoded by ffmpeg. */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ColmapError, DataError } from '../errors.ts';
import { notFoundCode, runCommand } from './runCommand.ts';

export interface FrameRequest {
  readonly video: string;
  /** Folder for `frame-0001.jpg` and so on; it appears when all of them are there. */
  readonly images: string;
  /** How many are wanted. */
  readonly frames: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Size of the frames in which sharpness is measured: enough to see a blur of a few pixels in full HD. */
const [width, height] = [960, 540];
/** Frames to choose from in each interval. */
const candidates = 8;

/**
 * Two passes: the first one measures the sharpness of about 8 frames an interval, the second one writes the sharpest of each.
 * @throws DataError for what is no video; ColmapError where there is no ffmpeg, or it fails
 */
export async function extractFrames({
  video,
  images,
  frames,
  signal,
  onProgress,
}: FrameRequest): Promise<void> {
  const seconds = await durationOf(video, signal);
  // With a rate of its own, frame n of both passes is the same one, also where the video's rate varies.
  const rate = `fps=${((frames * candidates) / seconds).toFixed(6)}`;
  const sharpness: number[] = [];
  const scaled = `${rate},scale=${width}:${height},format=gray`;
  await ffmpeg(
    ['-i', video, '-vf', scaled, '-f', 'rawvideo', 'pipe:1'],
    signal,
    framesOf(width * height, (frame) => {
      sharpness.push(sharpnessOf(frame, width, height));
      onProgress(Math.min(sharpness.length, frames * candidates), frames * candidates);
    }),
  );
  if (sharpness.length === 0)
    throw new DataError(`${video}: ffmpeg finds no pictures in it. Is it a video?`, video);
  const chosen = sharpest(sharpness, frames).map((frame) => `eq(n\\,${frame})`);
  const unfinished = `${images}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished);
  const filter = `${rate},select=${chosen.join('+')},setpts=N/TB/${frames}`;
  const target = path.join(unfinished, 'frame-%04d.jpg');
  await ffmpeg(['-i', video, '-vf', filter, '-r', `${frames}`, '-q:v', '2', target], signal);
  await rm(images, { recursive: true, force: true });
  await rename(unfinished, images);
}

/** Index of the sharpest of each of `count` equally long intervals; fewer where there are not as many frames. */
export function sharpest(sharpness: readonly number[], count: number): number[] {
  const intervals = Math.min(count, sharpness.length);
  return Array.from({ length: intervals }, (_, interval) => {
    const from = Math.floor((interval * sharpness.length) / intervals);
    const to = Math.floor(((interval + 1) * sharpness.length) / intervals);
    let best = from;
    for (let frame = from; frame < to; frame++) if (sharpness[frame]! > sharpness[best]!) best = frame;
    return best;
  });
}

/**
 * How sharp a picture is: the variance of its Laplacian (Pech-Pacheco et al. 2000), which blur takes away.
 * @param gray `[height, width]` 8 bits
 */
export function sharpnessOf(gray: Uint8Array, width: number, height: number): number {
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y++)
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      const value = 4 * gray[at]! - gray[at - 1]! - gray[at + 1]! - gray[at - width]! - gray[at + width]!;
      sum += value;
      squares += value * value;
    }
  const count = (width - 2) * (height - 2);
  return squares / count - (sum / count) ** 2;
}

/** Cuts a stream of bytes into frames of `size` bytes. */
function framesOf(size: number, onFrame: (frame: Uint8Array) => void): (chunk: Buffer) => void {
  const frame = Buffer.alloc(size);
  let filled = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.copy(frame, filled, at);
      at += taken;
      filled += taken;
      if (filled < size) continue;
      onFrame(frame);
      filled = 0;
    }
  };
}

async function durationOf(video: string, signal: AbortSignal): Promise<number> {
  // Without an output ffmpeg only describes its input, and counts that as an error.
  const said = await ffmpeg(['-i', video], signal).catch((error: unknown) => {
    if (error instanceof FfmpegFailure) return error.said;
    throw error;
  });
  const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):([\d.]+)/.exec(said) ?? [];
  const duration = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (duration > 0) return duration;
  throw new DataError(
    `${video}: is no video that ffmpeg reads, or its length is not known. Convert it to MP4.`,
    video,
  );
}

class FfmpegFailure extends ColmapError {
  constructor(
    message: string,
    readonly said: string,
  ) {
    super(message);
  }
}

/** @returns what ffmpeg said */
async function ffmpeg(
  args: readonly string[],
  signal: AbortSignal,
  onOutput?: (chunk: Buffer) => void,
): Promise<string> {
  let said = '';
  const command = { file: 'ffmpeg', args: ['-hide_banner', '-nostdin', '-nostats', ...args] };
  const code = await runCommand(command, {
    signal,
    ...(onOutput && { onOutput }),
    onErrorOutput: (chunk) => {
      said = `${said}${chunk}`.slice(-20_000);
    },
  });
  if (code === notFoundCode)
    throw new ColmapError(
      'a video needs ffmpeg, which was not found. Install it (apt install ffmpeg, brew install ffmpeg), or give a folder of photos.',
    );
  if (code !== 0)
    throw new FfmpegFailure(`ffmpeg ended with ${code}: ${said.trim().split('\n').at(-1)}`, said);
  return said;
}
