/**
 * Asks a run for its status again and again, as `nerfstream ctl RUN_DIR status` does, until the run ends. Says `training` in
 * a line once it trains; at the end, in a second line, how long each answer took, and how late the timers of this process were meanwhile, which does little else: what the machine itself
 * costs. A process of its own: node --import tsx controlRoundTrips.ts RUN_DIR
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendControl } from '../../src/cli/controlClient.ts';

/** What it prints at the end, as JSON. */
export interface ControlRoundTrips {
  /** Of each answer. */
  readonly milliseconds: readonly number[];
  /** Delays of the event loop, with the 10 ms of the timer that measures them. */
  readonly idle: { readonly p50: number; readonly p99: number; readonly max: number };
}

const [runDir = ''] = process.argv.slice(2);
const milliseconds: number[] = [];
const histogram = monitorEventLoopDelay({ resolution: 10 });
// A run that has answered once and does not any more is over; one that never answers is waited for a minute.
for (let failures = 0; failures < (milliseconds.length === 0 ? 600 : 1); ) {
  const began = performance.now();
  try {
    const answer = await sendControl(runDir, { type: 'status' }, 60_000);
    if (answer.ok && answer.status.state === 'training') {
      if (milliseconds.length === 0) process.stdout.write('training\n');
      histogram.enable();
      milliseconds.push(performance.now() - began);
    }
    failures = 0;
  } catch {
    failures++;
  }
  await sleep(100);
}
const quantile = (percent: number) => histogram.percentile(percent) / 1e6;
const idle = { p50: quantile(50), p99: quantile(99), max: histogram.max / 1e6 };
process.stdout.write(JSON.stringify({ milliseconds, idle } satisfies ControlRoundTrips));
