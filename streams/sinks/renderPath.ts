/** Where the images sink puts an image, so that other sinks can say it, too. */
import type { ImageEvent } from '../metricEvent.ts';

/**
 * `renders/step-000001000-00.png` for `eval/images/0` at step 1000; other tags are spelt out instead of the number.
 *
 * @returns path relative to the run folder, with `/` on every system
 */
export function renderPath({ path, tag, step }: Pick<ImageEvent, 'path' | 'tag' | 'step'>): string {
  if (path !== undefined) return path;
  const index = /^eval\/images\/(\d+)$/.exec(tag)?.[1];
  const name = index === undefined ? tag.replace(/[^A-Za-z0-9_.-]+/g, '-') : index.padStart(2, '0');
  return `renders/step-${String(step).padStart(9, '0')}-${name}.png`;
}
