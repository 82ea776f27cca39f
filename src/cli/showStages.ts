/** Shows people how the stages of `process` go: one line that is painted over on a terminal, lines now and then elsewhere. */
import { clearLine, cursorTo } from 'node:readline';
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import type { ProcessListener } from '../process/colmapStages.ts';
import { type Progress, secondsLeft } from '../process/stageProgress.ts';

export interface StageDisplay extends ProcessListener {
  /** Nothing is painted after it. */
  end(): void;
}

const repaintMs = 100;
/** Between two plain lines. */
const lineMs = 5_000;

export function showStages(stream: NodeJS.WriteStream): StageDisplay {
  let begunAt = 0;
  let saidAt = 0;
  /** Of the running stage, when it was first heard how far it is. */
  let first: { readonly done: number; readonly at: number } | undefined;
  let painted = false;

  const clear = (): void => {
    if (!painted) return;
    cursorTo(stream, 0);
    clearLine(stream, 0);
    painted = false;
  };
  const say = (line: string): void => {
    clear();
    stream.write(`${line}\n`);
  };

  return {
    warn: say,
    stage(name, event) {
      const now = performance.now();
      if (event === 'done before') say(`${name}: done before`);
      if (event === 'finished') say(`${name}: done in ${formatDuration((now - begunAt) / 1000)}`);
      begunAt = now;
      saidAt = now;
      first = undefined;
    },
    progress(name, progress) {
      const now = performance.now();
      first ??= { done: progress.done, at: now };
      if (now - saidAt < (stream.isTTY ? repaintMs : lineMs)) return;
      saidAt = now;
      const line = `${name}: ${describe(progress, first, now)}`;
      if (!stream.isTTY) return say(line);
      cursorTo(stream, 0);
      stream.write(line);
      clearLine(stream, 1);
      painted = true;
    },
    end: clear,
  };
}

function describe(progress: Progress, first: { done: number; at: number }, now: number): string {
  const left = secondsLeft(progress, first.done, (now - first.at) / 1000);
  return `${progress.done} of ${progress.total}${left === undefined ? '' : `, ${formatDuration(left)} left`}`;
}
