/** What Prometheus fetches: `GET /metrics`, and names of gauges for tags. */
import { createServer, type Server } from 'node:http';

/** What is answered. Of prom-client's `Registry`, the part that is needed. */
export interface MetricsText {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsServer {
  readonly url: string;
  /** Ends it at once, whoever fetches. */
  close(): void;
}

/**
 * Listens; does not keep the process alive.
 * @param text is asked for at each request: what it rejects with is answered as 503, in one line
 * @param port 0: any free one
 * @throws the system's error: `EADDRINUSE` for a port that is in use
 */
export async function serveMetrics(
  text: () => Promise<MetricsText>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const plain = { 'content-type': 'text/plain' };
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, plain).end('the metrics are at /metrics\n');
      return;
    }
    answerOf(text).then(
      ([contentType, body]) => response.writeHead(200, { 'content-type': contentType }).end(body),
      (error: Error) => response.writeHead(503, plain).end(`${error.message.split('\n', 1)[0]}\n`),
    );
  });
  await listening(server, host, port);
  const address = server.address();
  const used = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${used}/metrics`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerOf(text: () => Promise<MetricsText>): Promise<[contentType: string, body: string]> {
  const found = await text();
  return [found.contentType, await found.metrics()];
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.unref();
      resolve();
    });
  });
}

/** A tag without its numbers: one gauge for all images, layers and so on. */
export function withoutNumbers(tag: string): string {
  return tag.replace(/\/\d+(?=\/|$)/g, '');
}

/** `train/loss` is `nerfstream_train_loss`. */
export function gaugeName(tag: string): string {
  return `nerfstream_${withoutNumbers(tag).replace(/[^a-zA-Z0-9]+/g, '_')}`;
}
