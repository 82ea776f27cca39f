/**
 * How long people wait while a run trains at full speed: the delay of the event loop of the command line's main thread
 * (console, sinks, control socket), and how long `ctl status` takes to answer. Trains as `nerfstream train` does, on the
 * fox of NERFSTREAM_DATA_DIR or, without it, on the demo scene.
 *
 *     npx tsx bench/responsiveness.ts [seconds] [key=value ...]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { runTraining } from '../src/cli/runTraining.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import { isMain, report } from './report.ts';
import type { ControlRoundTrips } from './support/controlRoundTrips.ts';
import { foxOrDemo } from './support/foxOrDemo.ts';

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

export interface ResponsivenessResult {
  /** Milliseconds between two turns of a timer of 10 ms, these included (Node's `monitorEventLoopDelay`). */
  readonly delay: Quantiles;
  /** Milliseconds of `ctl status`, asked from another process, from connecting to the whole answer. */
  readonly status: Quantiles;
  /** Delays of another process, which does next to nothing, at the same time: what the machine itself costs. */
  readonly idle: Omit<Quantiles, 'count'>;
}

const resolutionMs = 10;

/**
 * Looks on for so many seconds once the run trains, then ends it as Ctrl-C does: without a last evaluation.
 * @param data folder of the data set; @param assignments `key=value` as on the command line
 */
export async function benchResponsiveness(
  data: string,
  seconds: number,
  assignments: readonly string[] = [],
): Promise<ResponsivenessResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-'));
  const runDir = path.join(folder, 'run');
  const config = await loadConfig('instant-ngp', { data }, assignments);
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  let end: NodeJS.Timeout | undefined;
  const asking = askForStatus(runDir, () => {
    histogram.enable();
    end = setTimeout(() => {
      histogram.disable();
      process.kill(process.pid, 'SIGINT');
    }, seconds * 1000);
  });
  try {
    await runTraining({ config, runDir, resume: false, debug: false });
    const ms = (nanoseconds: number) => nanoseconds / 1e6;
    const delay = {
      p50: ms(histogram.percentile(50)),
      p99: ms(histogram.percentile(99)),
      max: ms(histogram.max),
      count: histogram.count,
    };
    const { milliseconds, idle } = await asking.answers;
    return { delay, status: quantilesOf(milliseconds), idle };
  } finally {
    clearTimeout(end);
    asking.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the process that asks; `onTraining` is called when the run trains. */
function askForStatus(runDir: string, onTraining: () => void) {
  const script = path.join(import.meta.dirname, 'support/controlRoundTrips.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, runDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    if (line === 'training') onTraining();
  });
  const answers = new Promise<ControlRoundTrips>((resolve) => {
    child.on('close', () => resolve(JSON.parse(lines[1] ?? '{}') as ControlRoundTrips));
  });
  return { answers, end: () => child.kill() };
}

function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN, count: sorted.length };
}

if (isMain(import.meta.url)) {
  const given = process.argv.slice(2).filter((argument) => argument !== '--peers');
  const seconds = Number(given.find((argument) => !argument.includes('=')) ?? 20);
  const assignments = given.filter((argument) => argument.includes('='));
  const { delay, status, idle } = await benchResponsiveness(await foxOrDemo(), seconds, [
    'threads=2',
    'evaluate.imageEverySteps=100',
    'checkpoint.everySteps=200',
    ...assignments,
  ]);
  const beside = (value: number) => ({ reference: { name: 'a process that rests', value } });
  const ms = { unit: 'ms' };
  await report(
    'responsiveness',
    [
      { what: 'event loop delay, median', ...ms, ours: delay.p50, ...beside(idle.p50) },
      { what: 'event loop delay, 99%', ...ms, ours: delay.p99, ...beside(idle.p99), bound: 50 },
      { what: `event loop delay, longest of ${delay.count}`, ...ms, ours: delay.max, ...beside(idle.max) },
      { what: 'ctl status, median', ...ms, ours: status.p50 },
      { what: 'ctl status, 99%', ...ms, ours: status.p99 },
      { what: `ctl status, longest of ${status.count}`, ...ms, ours: status.max },
    ],
    [
      `event loop delays include the ${resolutionMs} ms of the timer that measures them; 2 threads train meanwhile`,
    ],
  );
}
