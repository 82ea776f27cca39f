/** Puts numbers beside the times of a profile: the loss, the speed and the memory. */
import type { Clock } from '../src/clock.ts';
import type { TraceRecorder } from '../src/profile/traceRecorder.ts';
import type { MetricBus } from '../streams/metricBus.ts';

/** Reading the memory costs some 20 microseconds. */
const memoryEverySteps = 10;

/** Records `train/loss`, `train/rays_per_second` and the process's memory in MB (where the host tells it) as counters, until the run ends. */
export function profileMetrics(
  trace: Pick<TraceRecorder, 'counter'>,
  bus: Pick<MetricBus, 'metrics$'>,
  clock: Clock,
): void {
  bus.metrics$.subscribe((event) => {
    if (event.kind !== 'scalar') return;
    const now = clock.monotonic();
    if (event.tag === 'train/rays_per_second') trace.counter('rays per second', now, { rays: event.value });
    if (event.tag !== 'train/loss') return;
    trace.counter('loss', now, { loss: event.value });
    if (event.step % memoryEverySteps !== 0) return;
    const { process: host }: Partial<typeof globalThis> = globalThis;
    if (!host) return;
    const { rss, heapUsed } = host.memoryUsage();
    trace.counter('resident memory (MB)', now, { MB: rss / 1e6 });
    trace.counter('JavaScript heap (MB)', now, { MB: heapUsed / 1e6 });
  });
}
