/** Lets Prometheus fetch the newest value of every scalar: `GET /metrics`. */
import { createServer, type Server } from 'node:http';
import type { Gauge, Registry } from 'prom-client';
import { SinkError } from '../../src/errors.ts';
import { defineSink } from '../defineSink.ts';
import type { SinkObject } from '../sink.ts';
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
  let server: Server;
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
      server = await listen(serverOf(registry), host, port);
      const address = server.address();
      if (address && typeof address === 'object')
        onListening?.(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}/metrics`);
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
      server.closeAllConnections();
    },
  });
}

function serverOf(registry: Registry): Server {
  return createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('the metrics are at /metrics\n');
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}

/** @throws SinkError in one line */
function listen(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? `port ${port} of ${host} is in use` : message;
      reject(new SinkError(`${reason}; set another "port" for the sink`, 'prometheus'));
    });
    server.listen(port, host, () => resolve(server.unref()));
  });
}

function withoutNumbers(tag: string): string {
  return tag.replace(/\/\d+(?=\/|$)/g, '');
}

function gaugeName(tag: string): string {
  return `nerfstream_${withoutNumbers(tag).replace(/[^a-zA-Z0-9]+/g, '_')}`;
}
