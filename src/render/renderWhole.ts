/** Renders an image to its end while the rest of the process goes on. */
import { setImmediate } from 'node:timers/promises';
import type { RenderedImage } from '../pipeline/pipeline.ts';

/**
 * One piece of the work (a tile, a kind of output) for each turn of the event loop.
 * @throws what rendering throws; the signal's reason, between two pieces
 */
export async function renderWhole(
  work: Generator<number, RenderedImage>,
  signal?: AbortSignal,
): Promise<RenderedImage> {
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = work.next();
      if (done) return value;
      await setImmediate();
    }
  } finally {
    work.return(undefined as never);
  }
}
