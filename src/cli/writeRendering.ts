/** Writes what was rendered as pictures. */
import path from 'node:path';
import type { RenderedImage, RenderedOutput, RgbImage } from '../pipeline/pipeline.ts';
import { writePicture } from '../runFolder/writePicture.ts';
import { UsageError } from './cliErrors.ts';
import { shownPath } from './shownPath.ts';

/** @throws UsageError unless the file's name ends in `.png` */
export function checkPictureName(file: string): void {
  if (path.extname(file).toLowerCase() !== '.png')
    throw new UsageError(`--out ${file}: pictures are written as PNG; give a name that ends in .png`);
}

/**
 * Writes the first output to `file` and each other one beside it (`view.png`, `view-depth.png`), as 8-bit PNG. Values that are no
 * colours become grey, from the least (black) to the greatest (white).
 * @returns the files, with the range of values where they are grey
 * @throws RunFolderError if one cannot be written
 */
export async function writeRendering(file: string, image: RenderedImage): Promise<string[]> {
  const { dir, name } = path.parse(file);
  const written: string[] = [];
  for (const [index, [output, { channels, data }]] of Object.entries(image.outputs).entries()) {
    const target = index === 0 ? path.basename(file) : `${name}-${output}.png`;
    const { picture, range } = toPicture(image, { channels, data });
    await writePicture(dir, target, picture);
    written.push(`${shownPath(path.join(dir, target))}${range === undefined ? '' : ` (${output} ${range})`}`);
  }
  return written;
}

function toPicture(
  { width, height }: RenderedImage,
  { channels, data }: RenderedOutput,
): { readonly picture: RgbImage; readonly range?: string } {
  if (data instanceof Uint8Array && channels === 3) return { picture: { width, height, data } };
  const [least, greatest] = rangeOf(data);
  const scale = greatest > least ? 255 / (greatest - least) : 0;
  const grey = new Uint8Array(width * height * 3);
  for (let index = 0; index < grey.length; index++) {
    const [pixel, channel] = [Math.floor(index / 3), index % 3];
    const value = data[pixel * channels + Math.min(channel, channels - 1)]!;
    grey[index] = Math.round((value - least) * scale);
  }
  return {
    picture: { width, height, data: grey },
    range: `${least.toPrecision(4)} to ${greatest.toPrecision(4)}`,
  };
}

/** The least and the greatest finite value; [0, 0] if there is none. */
function rangeOf(data: Uint8Array | Float32Array): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return greatest >= least ? [least, greatest] : [0, 0];
}
