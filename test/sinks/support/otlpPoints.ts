/** What an OpenTelemetry collector finds in OTLP's JSON. */
import type { Received } from './jsonReceiver.ts';

interface OtlpBody {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: unknown }[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly gauge: {
          readonly dataPoints: readonly {
            readonly timeUnixNano: string | number;
            readonly asDouble: number;
          }[];
        };
      }[];
    }[];
  }[];
}

/** Values and times (in seconds) of each gauge, in the order they arrived. */
export function otlpPoints(received: readonly Received[]): Map<string, { value: number; time: number }[]> {
  const points = new Map<string, { value: number; time: number }[]>();
  for (const { body } of received)
    for (const { scopeMetrics } of (body as OtlpBody).resourceMetrics)
      for (const { metrics } of scopeMetrics)
        for (const { name, gauge } of metrics)
          for (const { timeUnixNano, asDouble } of gauge.dataPoints)
            points.set(name, [
              ...(points.get(name) ?? []),
              { value: asDouble, time: Number(BigInt(timeUnixNano) / 1000n) / 1e6 },
            ]);
  return points;
}

export function otlpResource(received: readonly Received[]): Record<string, unknown> {
  const { attributes } = (received[0]!.body as OtlpBody).resourceMetrics[0]!.resource;
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value as Record<string, unknown>)[0]]),
  );
}
