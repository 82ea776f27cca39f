/** Shows how far something has come that takes long: a bar on a terminal, a line now and then elsewhere. */
import { drawBar } from '../../streams/sinks/drawBar.ts';
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import type { Progress } from '../log.ts';

export interface ProgressDisplay {
  show(progress: Progress): void;
}

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Between two paintings of the bar, and two lines. Nothing is said of what takes less. */
const repaintMs = 200;
const lineMs = 5_000;

/** @param output where the bar is painted (a terminal), or lines are written; what is said there otherwise begins by clearing its line */
export function createProgressDisplay(output: Output): ProgressDisplay {
  let what = '';
  let begun = { atMs: 0, done: 0 };
  let saidMs = 0;
  return {
    show(progress) {
      const now = performance.now();
      if (progress.what !== what) {
        what = progress.what;
        begun = { atMs: now, done: progress.done };
        saidMs = now;
      }
      const { done, total } = progress;
      const isDone = done >= total;
      if (isDone) what = '';
      if (output.isTTY && isDone) output.write('\r\x1b[K');
      if (isDone || now - saidMs < (output.isTTY ? repaintMs : lineMs)) return;
      saidMs = now;
      const left = ((now - begun.atMs) / 1000 / (done - begun.done)) * (total - done);
      const counts = `${done} of ${total}, ${formatDuration(left)} left`;
      output.write(
        output.isTTY
          ? `\r${progress.what}  ${drawBar(done / total)}  ${counts}\x1b[K`
          : `${progress.what}: ${counts}\n`,
      );
    },
  };
}
