/** Writes event files that TensorBoard reads: scalars, images, histograms, text, hyperparameters. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../../src/data/writePng.ts';
import { defineSink } from '../defineSink.ts';
import type { ImageEvent, MetricEvent } from '../metricEvent.ts';
import { isRunEnd, runEndOf } from '../runEnd.ts';
import type { SinkObject } from '../sink.ts';
import { type AppendedFile, openAppendedFile } from './appendedFile.ts';
import { flatSettings } from './flatSettings.ts';
import { runFolderOf } from './runFolderOf.ts';
import {
  fileVersionEvent,
  sessionStartEvent,
  summaryEvent,
  type TensorboardValue,
} from './tensorboardEvent.ts';
import { sessionEnd, sessionStart } from './tensorboardHparams.ts';
import { createRecordFramer } from './tensorboardRecord.ts';

/**
 * Writes into `tensorboard/` of the run folder, about once a second. A run that continues begins a new file which tells
 * TensorBoard to drop what lies beyond the checkpoint; one that goes back tells it in the same file. The configuration
 * appears as text and, with how the run ended, in the HParams table.
 */
export function tensorboardSink(): SinkObject {
  const frame = createRecordFramer();
  let file: AppendedFile;
  return defineSink({
    name: 'tensorboard',
    queueSize: 100_000,
    async open(run) {
      const folder = join(runFolderOf(run, 'tensorboard'), 'tensorboard');
      await mkdir(folder, { recursive: true });
      const earlier = await readdir(folder);
      file = await openAppendedFile(join(folder, nextFileName(earlier, Date.now() / 1000)));
      const wallTime = Date.now() / 1000;
      const first = [fileVersionEvent(wallTime)];
      if (earlier.length > 0) first.push(sessionStartEvent(wallTime, run.fromStep + 1));
      await file.append(Buffer.concat(first.map(frame)));
    },
    async write(events) {
      const records: Uint8Array[] = [];
      for (const group of sameMoment(events)) {
        const values: TensorboardValue[] = [];
        for (const event of group) {
          if (event.kind === 'scalar') values.push(event);
          else if (event.kind === 'image') values.push(await imageValue(event));
          else values.push(...toValues(event));
        }
        records.push(frame(summaryEvent(group[0]!.wallTime, group[0]!.step, values)));
      }
      await file.append(Buffer.concat(records));
    },
    forget: (step) => file.append(frame(sessionStartEvent(Date.now() / 1000, step + 1))),
    close: () => file.close(),
  });
}

/** TensorBoard reads files in the order of their names, and drops nothing that a later name says. */
function nextFileName(earlier: readonly string[], now: number): string {
  const times = earlier.map((name) => Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0));
  const seconds = Math.max(Math.floor(now), ...times.map((time) => time + 1));
  return `events.out.tfevents.${String(seconds).padStart(10, '0')}.nerfstream`;
}

/** Values of one step and moment share a record. */
function sameMoment(events: readonly MetricEvent[]): MetricEvent[][] {
  const groups: MetricEvent[][] = [];
  for (const event of events) {
    const first = groups.at(-1)?.[0];
    if (first?.step === event.step && first.wallTime === event.wallTime) groups.at(-1)!.push(event);
    else groups.push([event]);
  }
  return groups;
}

function toValues(event: Exclude<MetricEvent, ImageEvent>): TensorboardValue[] {
  if (isRunEnd(event)) return [event, sessionEnd(event.wallTime, runEndOf(event).status !== 'failed')];
  if (event.kind !== 'config') return [event];
  const json = JSON.stringify(event.config, undefined, 2);
  const text = `\`\`\`json\n${json}\n\`\`\``;
  return [{ kind: 'text', tag: event.tag, text }, sessionStart(event.wallTime, flatSettings(event.config))];
}

async function imageValue({ tag, image }: ImageEvent): Promise<TensorboardValue> {
  return { kind: 'image', tag, width: image.width, height: image.height, png: await encodePng(image) };
}
