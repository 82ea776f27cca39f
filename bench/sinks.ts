/**
 * What handing metrics to sinks costs: a whole run (machine, streams, metric bus, sinks) whose pipeline does nothing but give
 * 1,000 metrics a step, with 10 sinks that do nothing. Then a long run, to see whether memory grows.
 *
 *     npx tsx bench/sinks.ts [steps of the long run = 100,000] [metrics a step in it = 20]
 *
 * `100000 1000` is the long run at full width; it takes about six minutes.
 */
import { type Observable, tap } from 'rxjs';
import { createTrainer } from '../machines/createTrainer.ts';
import { configSchema } from '../src/config/schema.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { createCpuEngine } from '../src/tensors/selectCpuBackend.ts';
import type { MetricEvent } from '../streams/metricEvent.ts';
import { isMain, report } from './report.ts';

export interface SinksBench {
  /** From the first step to the end of the run, everything included, divided by events times sinks. */
  readonly microsecondsPerEventAndSink: number;
  /** The same of the process's CPU time, garbage collection included: what others do on the machine does not count. */
  readonly cpuMicrosecondsPerEventAndSink: number;
  /** Events that each sink got, on average. */
  readonly delivered: number;
  readonly dropped: number;
  /** At the end of each tenth of the steps, in MB; the heap after garbage collection where `--expose-gc` allows it. */
  readonly memory: readonly { readonly step: number; readonly heap: number; readonly resident: number }[];
}

/** @param metricsPerStep at least 1 */
export async function benchSinks(
  steps: number,
  metricsPerStep: number,
  sinkCount: number,
): Promise<SinksBench> {
  const names = Array.from({ length: metricsPerStep }, (_, index) => `metric${index}`);
  const metrics: Record<string, number> = {};
  const memory: { step: number; heap: number; resident: number }[] = [];
  let began = 0;
  let cpuBefore = process.cpuUsage();
  const pipeline: Pipeline = {
    groups: {},
    trainStep(step) {
      if (step === 1) {
        began = performance.now();
        cpuBefore = process.cpuUsage();
      }
      for (const name of names) metrics[name] = step;
      return { losses: { loss: 1 / step }, metrics, gradients: {} };
    },
    commit(step) {
      if (step % Math.ceil(steps / 10) === 0) memory.push({ step, ...memoryInUse() });
    },
    dispose() {},
  };
  const engine = await createCpuEngine();
  const sinks = Array.from({ length: sinkCount }, (_, index) => ({
    name: `sink ${index}`,
    attach: (events$: Observable<MetricEvent>) => events$.pipe(tap(() => undefined)),
  }));
  const config = configSchema.parse({
    method: 'bench',
    trainer: { maxSteps: steps },
    evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
    checkpoint: { everySteps: 0 },
  });
  const { sinks: reports } = await createTrainer(config, { pipeline, engine, runDir: null, sinks }).done;
  const microseconds = (performance.now() - began) * 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const delivered = sum(reports.map((sink) => sink.delivered));
  return {
    microsecondsPerEventAndSink: microseconds / delivered,
    cpuMicrosecondsPerEventAndSink: (cpu.user + cpu.system) / delivered,
    delivered: delivered / sinkCount,
    dropped: sum(reports.map((sink) => sink.dropped)),
    memory,
  };
}

function memoryInUse(): { heap: number; resident: number } {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 1e6, resident: rss / 1e6 };
}

if (isMain(import.meta.url)) {
  const [longSteps = 100_000, longMetrics = 20] = process.argv.slice(2).map(Number).filter(Number.isFinite);
  let cost = await benchSinks(200, 1_000, 10);
  for (let round = 0; round < 3; round++) {
    const again = await benchSinks(300, 1_000, 10);
    if (again.microsecondsPerEventAndSink < cost.microsecondsPerEventAndSink) cost = again;
  }
  const long = await benchSinks(longSteps, longMetrics, 10);
  const [first, last] = [long.memory[0]!, long.memory.at(-1)!];
  await report(
    'sinks',
    [
      {
        what: '10 sinks, 1,000 metrics a step: an event and sink',
        unit: 'µs',
        ours: cost.microsecondsPerEventAndSink,
        bound: 1,
      },
      {
        what: 'the same in CPU time',
        unit: 'µs',
        ours: cost.cpuMicrosecondsPerEventAndSink,
        bound: 1,
      },
      { what: 'dropped', unit: 'events', ours: cost.dropped + long.dropped, bound: 0 },
      {
        what: `heap after ${longSteps} steps of ${longMetrics} metrics`,
        unit: 'MB',
        ours: last.heap,
        reference: { name: `after ${first.step}`, value: first.heap },
      },
      {
        what: 'resident memory',
        unit: 'MB',
        ours: last.resident,
        reference: { name: `after ${first.step}`, value: first.resident },
      },
    ],
    [
      `heap, MB: ${long.memory.map(({ step, heap }) => `${step}: ${heap.toFixed(1)}`).join(', ')}`,
      `resident, MB: ${long.memory.map(({ step, resident }) => `${step}: ${resident.toFixed(0)}`).join(', ')}`,
      ...(globalThis.gc ? [] : ['without node --expose-gc the heap holds garbage, too']),
    ],
  );
}
