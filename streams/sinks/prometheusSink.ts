/** Lets Prometheus fetch the newest value of every scalar: `GET /metrics`. */
import type { Gauge, Registry } from 'prom-client';
import { SinkError } from '../../src/errors.ts';
import { defineSink } from '../defineSink.ts';
import type { SinkObject } from '../sink.ts';
import { gaugeName, type MetricsServer, serveMetrics, withoutNumbers } from './metricsServer.ts';
import { requirePackages } from './requirePackages.ts';
import { runName } from './runName.ts';

export interface PrometheusSinkOptions {
  /** Address to listen on. Default `127.0.0.1`: reachable from this machine alone. */
  readonly host?: string;
  /** Default 9464; 0: any free one. */
  readonly port?: number;
  /** Told where it listens. */
  readonly onListening?: (url: string) => void;
}

/**
 * One gauge a tag: `train/loss` is `nerfstream_train_loss{run="fox",tag="train/loss"}`; numbers within tags appear in the
 * label alone. `nerfstream_step` is the newest step. Ends with the run. A port in use is one line in the log.
 *
 * @throws SinkError where the package `prom-client` is not installed
 */
export function prometheusSink(options: PrometheusSinkOptions = {}): SinkObject {
  const { host = '127.0.0.1', port = 9464, onListening } = options;
  requirePackages('prometheus', ['prom-client']);
  let server: MetricsServer;
  let gauge: (name: string, help: string) => Gauge<'run' | 'tag'>;
  return defineSink({
    name: 'prometheus',
    takes: ({ kind }) => kind === 'scalar',
    batch: { everyMs: 100 },
    async open(run) {
      const { Gauge, Registry } = await import('prom-client');
      const registry = new Registry();
      registry.setDefaultLabels({ run: runName(run) });
      gauge = (name, help) =>
        (registry.getSingleMetric(name) as Gauge<'tag'> | undefined) ??
        new Gauge({ name, help, labelNames: ['tag'], registers: [registry] });
      server = await listen(registry, { host, port });
      onListening?.(server.url);
    },
    write(events) {
      for (const event of events) {
        if (event.kind !== 'scalar') continue;
        gauge(gaugeName(event.tag), `Newest value of ${withoutNumbers(event.tag)}.`).set(
          { tag: event.tag },
          event.value,
        );
        if (event.tag === 'train/loss') gauge('nerfstream_step', 'Newest step.').set(event.step);
      }
    },
    close() {
      server.close();
    },
  });
}

/** @throws SinkError in one line */
async function listen(
  registry: Registry,
  place: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  try {
    return await serveMetrics(async () => registry, place);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? `port ${place.port} of ${place.host} is in use` : message;
    throw new SinkError(`${reason}; set another "port" for the sink`, 'prometheus');
  }
}
