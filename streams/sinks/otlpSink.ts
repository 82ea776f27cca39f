/** Sends scalars as OpenTelemetry metrics to a collector, by OTLP over HTTP. */
import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { Resource } from '@opentelemetry/resources';
import { defineSink } from '../defineSink.ts';
import type { SinkObject } from '../sink.ts';
import { metricsOf } from './otlpMetrics.ts';
import { requirePackages } from './requirePackages.ts';
import { runName } from './runName.ts';
import { sinkUrl, urlBelow } from './sinkUrl.ts';

export interface OtlpSinkOptions {
  /** The collector, without `/v1/metrics`. Default: the variables `OTEL_EXPORTER_OTLP_*`, else `http://localhost:4318`. */
  readonly endpoint?: string | undefined;
  /** Milliseconds between two exports. Default 1,000. */
  readonly everyMs?: number;
}

/**
 * A gauge for each tag, `nerfstream/train/loss`, with a data point for every value at the time it was measured, and
 * `nerfstream/step` beside them. Headers, time limits, compression and resource attributes are taken from the standard
 * `OTEL_*` variables.
 *
 * @throws SinkError for an endpoint that cannot be used, and where the packages of OpenTelemetry are not installed
 */
export function otlpSink({ endpoint, everyMs = 1_000 }: OtlpSinkOptions = {}): SinkObject {
  const url = endpoint === undefined ? undefined : metricsUrl(sinkUrl(endpoint, 'otlp'));
  requirePackages('otlp', otlpPackages);
  let exporter: OTLPMetricExporter;
  let resource: Resource;
  let begin: number;
  return defineSink({
    name: 'otlp',
    queueSize: 100_000,
    flushTimeoutMs: 15_000,
    takes: ({ kind }) => kind === 'scalar',
    batch: { everyMs },
    async open(run) {
      const [{ OTLPMetricExporter }, resources] = await Promise.all([
        import('@opentelemetry/exporter-metrics-otlp-http'),
        import('@opentelemetry/resources'),
      ]);
      exporter = new OTLPMetricExporter(url === undefined ? {} : { url: url.href });
      begin = Date.now() / 1000;
      const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
      resource = defaultResource()
        .merge(
          resourceFromAttributes({
            'service.name': 'nerfstream',
            'service.instance.id': run.runId,
            'nerfstream.run': runName(run),
          }),
        )
        .merge(detectResources({ detectors: [envDetector] }));
    },
    async write(events) {
      const metrics = await metricsOf(events, begin);
      await new Promise<void>((resolve, reject) =>
        exporter.export(
          { resource, scopeMetrics: [{ scope: { name: 'nerfstream' }, metrics }] },
          ({ code, error }) =>
            code === 0 ? resolve() : reject(error ?? new Error('the collector refused the metrics')),
        ),
      );
    },
    close: () => exporter.shutdown(),
  });
}

const otlpPackages = [
  '@opentelemetry/api',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-metrics',
];

function metricsUrl(endpoint: URL): URL {
  return endpoint.pathname.endsWith('/v1/metrics') ? endpoint : urlBelow(endpoint, 'v1/metrics');
}
