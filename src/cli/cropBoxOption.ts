/** The option `--crop` of what exports and renders a part of a scene. */
import type { CropBox } from '../data/cropBox.ts';
import { UsageError } from './cliErrors.ts';

/** @throws UsageError for what is no box, and for an empty one */
export function cropBox(text: string | undefined): CropBox | undefined {
  if (text === undefined) return undefined;
  const box = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (box.length !== 6 || !box.every(Number.isFinite))
    throw new UsageError(
      `--crop ${text}: give six numbers, minimum x, y, z and maximum x, y, z, as in --crop=-1,-1,0,1,1,2`,
    );
  const axis = [0, 1, 2].find((k) => box[k]! >= box[k + 3]!);
  if (axis !== undefined)
    throw new UsageError(
      `--crop ${text}: is empty, its minimum ${'xyz'[axis]} is not below its maximum; give minimum x, y, z, then maximum x, y, z`,
    );
  return box;
}
