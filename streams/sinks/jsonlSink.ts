/** Writes every event as a line of `metrics.jsonl`. */
import { join } from 'node:path';
import { defineSink } from '../defineSink.ts';
import type { MetricEvent } from '../metricEvent.ts';
import type { RunInfo, SinkObject } from '../sink.ts';
import { type AppendedFile, openAppendedFile } from './appendedFile.ts';
import { dropLinesBeyond } from './dropLinesBeyond.ts';
import { renderPath } from './renderPath.ts';
import { runFolderOf } from './runFolderOf.ts';

/**
 * Appends about once a second, flushes to the disk at the end. A run that continues, or goes back, first drops what lies
 * beyond its checkpoint.
 */
export function jsonlSink(): SinkObject {
  let file: AppendedFile | undefined;
  const goOnFrom = async (step: number, run: RunInfo): Promise<void> => {
    const path = join(runFolderOf(run, 'jsonl'), 'metrics.jsonl');
    await dropLinesBeyond(path, (line) => stepOf(line) <= step);
    await file?.close();
    file = await openAppendedFile(path);
  };
  return defineSink({
    name: 'jsonl',
    queueSize: 100_000,
    open: (run) => goOnFrom(run.fromStep, run),
    forget: goOnFrom,
    write: (events) => file?.append(jsonLines(events)),
    close: () => file?.close(),
  });
}

/** NaN, which is not beyond anything and not within, for a line that is not whole. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as { step: number }).step;
  } catch {
    return Number.NaN;
  }
}

/**
 * Events as lines.
 *
 * @returns for each a JSON object and a line feed: kind, tag, step, wallTime, then value, path, edges and counts, text or config.
 * JSON has no NaN and no infinity: they become the strings "NaN", "Infinity", "-Infinity".
 */
function jsonLines(events: readonly MetricEvent[]): string {
  let lines = '';
  // The metrics of a step have one time, whose sixteen digits take as long to write as all else.
  let [time, timeText] = [Number.NaN, ''];
  for (const event of events) {
    const { kind, tag, step, wallTime } = event;
    if (wallTime !== time) [time, timeText] = [wallTime, number(wallTime)];
    lines += `{"kind":"${kind}","tag":${JSON.stringify(tag)},"step":${step},"wallTime":${timeText},${content(event)}}\n`;
  }
  return lines;
}

function content(event: MetricEvent): string {
  switch (event.kind) {
    case 'scalar':
      return `"value":${number(event.value)}`;
    case 'image':
      return `"path":${JSON.stringify(renderPath(event))}`;
    case 'histogram':
      return `"edges":[${event.edges.map(number).join()}],"counts":[${event.counts.map(number).join()}]`;
    case 'text':
      return `"text":${JSON.stringify(event.text)}`;
    case 'config':
      return `"config":${JSON.stringify(event.config ?? null)}`;
  }
}

function number(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}
