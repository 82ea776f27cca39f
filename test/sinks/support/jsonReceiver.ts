/** An HTTP server that keeps what is posted to it. */
import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface JsonReceiver {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** @param statusOf what to answer to the request with this number, from 1; 0: nothing, the connection is cut. Default 200 */
export async function jsonReceiver(statusOf: (request: number) => number = () => 200): Promise<JsonReceiver> {
  const received: Received[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const status = statusOf(++requests);
    if (status === 0) {
      request.socket.destroy();
      return;
    }
    if (status < 300)
      received.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(text) });
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
