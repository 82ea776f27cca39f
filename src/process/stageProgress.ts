/** How far a stage is, by what COLMAP says. */
import type { Progress } from '../log.ts';

/**
 * What a line of COLMAP says of its progress; undefined if nothing. The words are those of COLMAP 3.8 to 4.2.
 * @param photos how many there are
 */
export function progressOf(line: string, photos: number): Omit<Progress, 'what'> | undefined {
  // Said before the work on a block, or an image, begins.
  const block = /(?:Matching|Processing) block \[(\d+)\/(\d+)(?:, (\d+)\/(\d+))?\]/.exec(line);
  if (block) {
    const [row, rows, column = 1, columns = 1] = block
      .slice(1)
      .map((text) => (text ? Number(text) : undefined));
    return { done: (row! - 1) * columns + column - 1, total: rows! * columns };
  }
  const image = /(?:Matching|Processing) image \[(\d+)\/(\d+)/.exec(line);
  if (image) return { done: Number(image[1]) - 1, total: Number(image[2]) };
  const placed = /(?:Registering|Triangulating) image #\d+ \((?:\w+=)?(\d+)\)/.exec(line);
  return placed ? { done: Number(placed[1]), total: photos } : undefined;
}
