/**
 * What handing events to sinks costs: many sinks that do nothing, many metrics a step. Prints microseconds an event and
 * sink, and whether memory grows.
 *
 *     node --expose-gc --import tsx bench/sinks.ts [steps] [metrics a step] [sinks]
 */
import { pathToFileURL } from 'node:url';
import { type Observable, Subject, tap } from 'rxjs';
import { attachSinks } from '../streams/attachSinks.ts';
import type { MetricEvent } from '../streams/metricEvent.ts';

export interface SinksBench {
  /** Time of the whole run, emission included, divided by events times sinks. */
  readonly microsecondsPerEventAndSink: number;
  /** Bytes in use at the end beyond those after a tenth of the steps, garbage collected where that is possible. */
  readonly heapGrowth: number;
  readonly dropped: number;
}

export async function benchSinks(
  steps: number,
  metricsPerStep: number,
  sinkCount: number,
): Promise<SinksBench> {
  const metrics$ = new Subject<MetricEvent>();
  const sinks = Array.from({ length: sinkCount }, (_, index) => ({
    name: `sink ${index}`,
    attach: (events$: Observable<MetricEvent>) => events$.pipe(tap(() => undefined)),
  }));
  const attached = attachSinks(
    metrics$,
    sinks,
    { runId: 'bench', config: {}, fromStep: 0 },
    { log: console },
  );
  const tags = Array.from({ length: metricsPerStep }, (_, index) => `train/metric${index}`);
  let heapAtFirst = 0;
  const began = performance.now();
  for (let step = 1; step <= steps; step++) {
    for (const tag of tags) metrics$.next({ kind: 'scalar', tag, step, wallTime: step, value: step });
    await new Promise(setImmediate);
    if (step === Math.ceil(steps / 10)) heapAtFirst = heapInUse();
  }
  const milliseconds = performance.now() - began;
  const heapGrowth = heapInUse() - heapAtFirst;
  const reports = await attached.done();
  return {
    microsecondsPerEventAndSink: (milliseconds * 1000) / (steps * metricsPerStep * sinkCount),
    heapGrowth,
    dropped: reports.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [steps = 500, metrics = 1_000, sinks = 10] = process.argv.slice(2).map(Number);
  const { microsecondsPerEventAndSink, heapGrowth, dropped } = await benchSinks(steps, metrics, sinks);
  console.log(
    `${sinks} sinks, ${metrics} metrics a step, ${steps} steps: ${microsecondsPerEventAndSink.toFixed(3)} microseconds an event and sink, ` +
      `heap grew by ${(heapGrowth / 1e6).toFixed(1)} MB, ${dropped} events dropped`,
  );
}
