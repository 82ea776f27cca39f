/** Writes scalars as lines of a table, for spreadsheets and data frames. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
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
    write: (events) => file?.append(stringify(events.flatMap(columnsOf))),
    close: () => file?.close(),
  });
}

function columnsOf(event: MetricEvent): [[number, number, string, string]] | [] {
  return event.kind === 'scalar' ? [[event.step, event.wallTime, event.tag, `${event.value}`]] : [];
}
