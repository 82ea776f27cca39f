/** Writes what was rendered as pictures. */
import path from 'node:path';
import { outputPicture } from '../pipeline/outputPicture.ts';
import type { RenderedImage } from '../pipeline/pipeline.ts';
import { writePicture } from '../runFolder/writePicture.ts';
import { UsageError } from './cliErrors.ts';
import { shownPath } from './shownPath.ts';

/** @throws UsageError unless the file's name ends in `.png` */
export function checkPictureName(file: string): void {
  if (path.extname(file).toLowerCase() !== '.png')
    throw new UsageError(`--out ${file}: pictures are written as PNG; give a name that ends in .png`);
}

/**
 * Writes the first output to `file` and each other one beside it (`view.png`, `view-depth.png`), as 8-bit PNG (see `outputPicture`).
 * @returns the files, with the range of values where it is the output's own
 * @throws RunFolderError if one cannot be written
 */
export async function writeRendering(file: string, image: RenderedImage): Promise<string[]> {
  const { dir, name: stem } = path.parse(file);
  const written: string[] = [];
  for (const [index, [name, output]] of Object.entries(image.outputs).entries()) {
    const target = index === 0 ? path.basename(file) : `${stem}-${name}.png`;
    const { picture, range } = outputPicture(image, output);
    await writePicture(dir, target, picture);
    const shown = range && ` (${name} ${range.map((value) => value.toPrecision(4)).join(' to ')})`;
    written.push(`${shownPath(path.join(dir, target))}${shown ?? ''}`);
  }
  return written;
}
