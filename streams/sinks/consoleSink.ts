/** Shows people how the run goes: a progress bar on a terminal, plain lines elsewhere. */
import { clearLine, cursorTo } from 'node:readline';
import { defineSink } from '../defineSink.ts';
import type { SinkObject } from '../sink.ts';
import { drawBar } from './drawBar.ts';
import { createRunProgress, type RunProgress } from './runProgress.ts';

export interface ConsoleSinkOptions {
  /** Default: the process's standard output. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Whether to draw a progress bar. Default: whether the stream is a terminal. */
  readonly isTTY?: boolean;
}

/** The bar is painted at most this often. */
const repaintMs = 100;
/** Between two plain lines. */
const lineMs = 5_000;

/** Says where the run folder is, how training goes, what evaluations find, and texts of the metric stream. */
export function consoleSink(options: ConsoleSinkOptions = {}): SinkObject {
  const stream = options.stream ?? process.stdout;
  const isTTY = options.isTTY ?? stream.isTTY ?? false;
  let progress: RunProgress;
  let saidAt = 0;
  let said = '';

  const show = (line: string): void => {
    if (isTTY) {
      cursorTo(stream, 0);
      clearLine(stream, 0);
    }
    stream.write(`${line}\n`);
  };
  const paint = (): void => {
    const { share } = progress;
    const bar = share === undefined ? '' : `${drawBar(share)}  `;
    cursorTo(stream, 0);
    stream.write(`${bar}${progress.describe()}`.slice(0, (stream.columns ?? 100) - 1));
    clearLine(stream, 1);
  };
  const sayProgress = (): void => {
    if (progress.place === said) return;
    said = progress.place;
    saidAt = performance.now();
    show(progress.describe());
  };

  return defineSink({
    name: 'console',
    batch: { everyMs: repaintMs },
    retry: { times: 0 },
    open(run) {
      progress = createRunProgress(run);
      said = progress.place;
      if (run.runDir !== undefined) show(`run folder: ${run.runDir}`);
      if (run.fromStep > 0) show(`continuing after step ${run.fromStep}`);
    },
    write(events) {
      for (const event of events) for (const line of progress.take(event)) show(line);
      for (const line of progress.flush()) show(line);
      if (isTTY) paint();
      else if (performance.now() - saidAt >= lineMs) sayProgress();
    },
    close() {
      if (!isTTY) sayProgress();
      else stream.write('\n');
    },
  });
}
