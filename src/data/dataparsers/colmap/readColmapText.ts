/** COLMAP's text files: `cameras.txt`, `images.txt`, `points3D.txt`. */
import { DataError } from '../../../errors.ts';
import type { WorldPoints } from '../captureScene.ts';
import type { ColmapCamera, ColmapImage } from './colmapModel.ts';

/** A line and its number in the file, from 1. */
interface Line {
  readonly number: number;
  readonly words: readonly string[];
}

/** @throws DataError, one line, naming the line of the file */
export function readCamerasText(text: string, file: string): Map<number, ColmapCamera> {
  const cameras = new Map<number, ColmapCamera>();
  for (const line of linesOf(text)) {
    const [id, model = '', width, height, ...parameters] = line.words;
    const number = numberIn(line, file);
    cameras.set(number(id), {
      model,
      width: number(width),
      height: number(height),
      parameters: parameters.map(number),
    });
  }
  return cameras;
}

/** @throws DataError as {@link readCamerasText} */
export function readImagesText(text: string, file: string): ColmapImage[] {
  const images: ColmapImage[] = [];
  const lines = linesOf(text, { pairs: true });
  for (const line of lines) {
    const number = numberIn(line, file);
    const [, w, x, y, z, tx, ty, tz, camera, ...name] = line.words;
    if (name.length === 0)
      throw new DataError(`${file}: line ${line.number} names no image. Correct it.`, file);
    images.push({
      name: name.join(' '),
      cameraId: number(camera),
      rotation: [number(w), number(x), number(y), number(z)],
      translation: [number(tx), number(ty), number(tz)],
    });
  }
  return images;
}

/** @throws DataError as {@link readCamerasText} */
export function readPointsText(text: string, file: string): WorldPoints {
  const lines = [...linesOf(text)];
  const positions = new Float64Array(lines.length * 3);
  const colors = new Uint8Array(lines.length * 3);
  lines.forEach((line, point) => {
    const number = numberIn(line, file);
    for (let axis = 0; axis < 3; axis++) positions[point * 3 + axis] = number(line.words[1 + axis]);
    for (let channel = 0; channel < 3; channel++)
      colors[point * 3 + channel] = number(line.words[4 + channel]);
  });
  return { positions, colors };
}

/**
 * Lines that are not empty and no comment.
 * @param pairs after each of them comes a line of observations, which may be empty; it is left out
 */
function* linesOf(text: string, { pairs = false } = {}): Generator<Line> {
  const all = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (let index = 0; index < all.length; index++) {
    const line = all[index]!.trim();
    if (line === '' || line.startsWith('#')) continue;
    yield { number: index + 1, words: line.split(/\s+/) };
    if (pairs) index++;
  }
}

/** Reads numbers of a line; `nan` and `inf`, as C++ writes them, are read too: whoever uses them decides. */
function numberIn({ number: line }: Line, file: string): (word: string | undefined) => number {
  return (word) => {
    const special = /^([+-]?)(nan|inf(?:inity)?)$/i.exec(word ?? '');
    if (special)
      return special[2]!.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
    const value = word === undefined || word === '' ? Number.NaN : Number(word);
    if (Number.isNaN(value))
      throw new DataError(
        `${file}: line ${line}: ${word === undefined ? 'a number is missing' : `${JSON.stringify(word)} is not a number`}. Correct the line, or write the model again with COLMAP.`,
        file,
      );
    return value;
  };
}
