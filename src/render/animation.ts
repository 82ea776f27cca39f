/** Makes one file out of rendered frames: an animated WebP, or a video by ffmpeg. */
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import sharp from 'sharp';
import { ConfigError, RenderError } from '../errors.ts';
import { notFoundCode, runCommand } from '../process/runCommand.ts';

/** Options of ffmpeg by the ending of the file's name: everybody plays these. */
const codecs: Readonly<Record<string, readonly string[]>> = {
  '.mp4': ['-c:v', 'libx264', '-crf', '18', '-preset', 'medium', '-movflags', '+faststart'],
  '.webm': ['-c:v', 'libvpx-vp9', '-crf', '24', '-b:v', '0', '-row-mt', '1'],
};
/** Both sides of a video are even. */
const evenSides = 'pad=ceil(iw/2)*2:ceil(ih/2)*2';
const webpQuality = 85;

/** Whether a file of this name holds moving pictures. */
export function isAnimation(file: string): boolean {
  return endingOf(file) === '.webp' || endingOf(file) in codecs;
}

/** Found out before anything is rendered. @throws ConfigError where the file needs ffmpeg, and there is none */
export async function checkCanEncode(file: string, signal: AbortSignal): Promise<void> {
  if (endingOf(file) === '.webp' || (await ffmpeg(['-version'], signal)).code !== notFoundCode) return;
  throw new ConfigError(
    `${file}: a video needs ffmpeg, which was not found. Install it (apt install ffmpeg, brew install ffmpeg), or choose a name that ends in .webp, or a folder.`,
  );
}

/**
 * Writes `file` as a whole or not at all.
 * @param frames PNG files of one size, `00000.png` and so on in one folder
 * @throws RenderError when ffmpeg fails; the signal's reason
 */
export async function encodeAnimation(
  file: string,
  frames: readonly string[],
  fps: number,
  signal: AbortSignal,
): Promise<void> {
  const ending = endingOf(file);
  // Its ending says what it is, to ffmpeg too.
  const draft = path.join(path.dirname(file), `.${path.basename(file, ending)}.${process.pid}${ending}`);
  try {
    if (ending === '.webp') await encodeWebp(draft, frames, fps);
    else {
      const input = ['-framerate', `${fps}`, '-i', path.join(path.dirname(frames[0]!), '%05d.png')];
      const picture = ['-vf', evenSides, '-pix_fmt', 'yuv420p'];
      const { code, said } = await ffmpeg(['-y', ...input, ...codecs[ending]!, ...picture, draft], signal);
      if (code !== 0)
        throw new RenderError(`${file}: ffmpeg ended with ${code}: ${said.trim().split('\n').at(-1)}`);
    }
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

async function encodeWebp(file: string, frames: readonly string[], fps: number): Promise<void> {
  await sharp([...frames], { join: { animated: true } })
    .webp({ quality: webpQuality, loop: 0, delay: frames.map(() => Math.round(1000 / fps)) })
    .toFile(file);
}

async function ffmpeg(args: readonly string[], signal: AbortSignal) {
  let said = '';
  const command = { file: 'ffmpeg', args: ['-hide_banner', '-nostdin', '-nostats', ...args] };
  const code = await runCommand(command, {
    signal,
    onErrorOutput: (chunk) => {
      said = `${said}${chunk}`.slice(-20_000);
    },
  });
  return { code, said };
}

function endingOf(file: string): string {
  return path.extname(file).toLowerCase();
}
