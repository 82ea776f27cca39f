/** Writes images of the metric stream as PNG files into the run folder. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writePng } from '../../src/data/writePng.ts';
import { defineSink } from '../defineSink.ts';
import type { SinkObject } from '../sink.ts';
import { renderPath } from './renderPath.ts';
import { runFolderOf } from './runFolderOf.ts';

/** Puts an image with tag `eval/images/0` and step 1000 into `renders/step-000001000-00.png`. */
export function imagesSink(): SinkObject {
  return defineSink({
    name: 'images',
    batch: { everyMs: 100 },
    async write(events, run) {
      for (const event of events) {
        if (event.kind !== 'image') continue;
        const file = join(runFolderOf(run, 'images'), renderPath(event));
        await mkdir(dirname(file), { recursive: true });
        await writePng(file, event.image);
      }
    },
  });
}
