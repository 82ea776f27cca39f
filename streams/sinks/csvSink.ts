/** Writes scalars as lines of a table, for spreadsheets and data frames. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defineSink } from '../defineSink.ts';
import type { MetricEvent } from '../metricEvent.ts';
import type { RunInfo, SinkObject } from '../sink.ts';
import { type AppendedFile, openAppendedFile } from './appendedFile.ts';
import { dropLinesBeyond } from './dropLinesBeyond.ts';
import { runFolderOf } from './runFolderOf.ts';

export interface CsvSinkOptions {
  /** In the run folder. Default `metrics.csv`. */
  readonly file?: string;
}

const header = 'step,wallTime,tag,value\n';

/**
 * Writes `step,wallTime,tag,value`, one line a scalar, about once a second. A run that continues, or goes back, first
 * drops the lines beyond its checkpoint.
 */
export function csvSink({ file: name = 'metrics.csv' }: CsvSinkOptions = {}): SinkObject {
  let file: AppendedFile | undefined;
  const goOnFrom = async (step: number, run: RunInfo): Promise<void> => {
    const path = join(runFolderOf(run, 'csv'), name);
    await dropLinesBeyond(
      path,
      (line, ended) => ended && (`${line}\n` === header || Number.parseInt(line, 10) <= step),
    );
    await file?.close();
    file = await openAppendedFile(path);
    if ((await stat(path)).size === 0) await file.append(header);
  };
  return defineSink({
    name: 'csv',
    queueSize: 100_000,
    takes: ({ kind }) => kind === 'scalar',
    open: (run) => goOnFrom(run.fromStep, run),
    forget: goOnFrom,
    write: (events) => file?.append(events.map(lineOf).join('')),
    close: () => file?.close(),
  });
}

function lineOf(event: MetricEvent): string {
  return event.kind === 'scalar'
    ? `${event.step},${event.wallTime},${quoted(event.tag)},${event.value}\n`
    : '';
}

/** As RFC 4180 has it: in quotes, with quotes doubled, where commas, quotes or ends of lines would be misread. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
