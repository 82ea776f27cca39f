/** Metric events as OpenTelemetry's metric data. */
import type { DataPoint, GaugeMetricData } from '@opentelemetry/sdk-metrics';
import type { MetricEvent } from '../metricEvent.ts';

/**
 * One gauge for each tag of the scalars, its values in order, and the gauge `nerfstream/step` with the steps at the
 * moments of `train/loss`. Values that are not finite are left out: OTLP's JSON has none. The SDK's own gauges would keep only the last value of each export.
 *
 * @param begin when the values began to be recorded, in seconds since the epoch
 */
export async function metricsOf(events: readonly MetricEvent[], begin: number): Promise<GaugeMetricData[]> {
  const { AggregationTemporality, DataPointType } = await import('@opentelemetry/sdk-metrics');
  const { ValueType } = await import('@opentelemetry/api');
  const points = new Map<string, DataPoint<number>[]>();
  const add = (name: string, wallTime: number, value: number): void => {
    const list = points.get(name) ?? [];
    points.set(name, list);
    list.push({ startTime: timeOf(begin), endTime: timeOf(wallTime), attributes: {}, value });
  };
  for (const event of events) {
    if (event.kind !== 'scalar' || !Number.isFinite(event.value)) continue;
    add(`nerfstream/${event.tag}`, event.wallTime, event.value);
    if (event.tag === 'train/loss') add('nerfstream/step', event.wallTime, event.step);
  }
  return [...points].map(([name, dataPoints]) => ({
    descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  }));
}

/** Seconds since the epoch as whole seconds and nanoseconds; a double holds about microseconds of them. */
function timeOf(seconds: number): [number, number] {
  const microseconds = Math.round(seconds * 1e6);
  return [Math.floor(microseconds / 1e6), (microseconds % 1e6) * 1000];
}
