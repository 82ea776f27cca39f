/** Pictures of evaluations while a run trains: the newest ones, kept as PNG in memory, whether a sink writes them or not. */

import type { ImageEvent } from '../../streams/metricEvent.ts';
import { encodePng } from '../data/writePng.ts';

export interface EvaluationPictures {
  /** @returns the name under which it is found */
  take(event: ImageEvent): string;
  /** PNG; undefined for a name that is none, or no longer kept. */
  read(file: string): Promise<Buffer> | undefined;
}

/** Whether a picture of the name can only be here. */
export function isLivePicture(file: string): boolean {
  return file.startsWith('live-');
}

const keptBytes = 64 * 2 ** 20;

/** Encoded when they are asked for first; the oldest are given up beyond 64 MB of pixels. */
export function evaluationPictures(): EvaluationPictures {
  const kept = new Map<string, { readonly event: ImageEvent; png?: Promise<Buffer> }>();
  let bytes = 0;
  return {
    take(event) {
      const file = `live-${event.step}-${event.tag.replace(/[^\w]+/g, '-')}.png`;
      if (!kept.has(file)) bytes += event.image.data.length;
      kept.set(file, { event });
      for (const [oldest, { event: left }] of kept) {
        if (bytes <= keptBytes || oldest === file) break;
        kept.delete(oldest);
        bytes -= left.image.data.length;
      }
      return file;
    },
    read(file) {
      const found = kept.get(file);
      if (!found) return undefined;
      found.png ??= encodePng(found.event.image);
      return found.png;
    },
  };
}
