/** Shows how far something has come that takes long: a bar on a terminal, a line now and then elsewhere. */
import { drawBar } from '../../streams/sinks/drawBar.ts';
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import { type Progress, secondsLeft } from '../log.ts';

export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Writes a line, in the place of a bar that stands there. */
  say(line: string): void;
  /** Takes the bar away. */
  clear(): void;
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Between two paintings of the bar, and two lines. Nothing is said of what takes less. */
const repaintMs = 200;
const lineMs = 5_000;

/** @param output where the bar is painted (a terminal), or lines are written; what others write there begins by clearing its line */
export function createProgressDisplay(output: Output): ProgressDisplay {
  let what = '';
  let begun = { atMs: 0, done: 0 };
  let saidMs = 0;
  const clear = (): void => {
    if (output.isTTY) output.write('\r\x1b[K');
  };
  return {
    show(progress) {
      const now = performance.now();
      if (progress.what !== what) {
        what = progress.what;
        begun = { atMs: now, done: progress.done };
        saidMs = now;
      }
      const { done, total, detail } = progress;
      const isDone = done >= total;
      if (isDone) what = '';
      if (isDone) clear();
      if (isDone || now - saidMs < (output.isTTY ? repaintMs : lineMs)) return;
      saidMs = now;
      const left = secondsLeft(progress, begun.done, (now - begun.atMs) / 1000);
      const rest = left === undefined ? '' : `, ${formatDuration(left)} left`;
      const counts = `${done} of ${total}${rest}${detail === undefined ? '' : `; ${detail}`}`;
      output.write(
        output.isTTY
          ? `\r${progress.what}  ${drawBar(done / total)}  ${counts}\x1b[K`
          : `${progress.what}: ${counts}\n`,
      );
    },
    say(line) {
      clear();
      output.write(`${line}\n`);
    },
    clear,
  };
}
