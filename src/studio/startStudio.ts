/** The studio's server: the page, its addresses and its socket, for this machine alone or, with a token, for others. */
import { randomBytes } from 'node:crypto';
import { ConfigError, NerfstreamError } from '../errors.ts';
import { guard } from './guard.ts';
import { readPageFiles } from './pageFiles.ts';
import { maxClientMessageBytes, type ServerMessage } from './protocol.ts';
import { addPage, addRoutes, type StudioRooms } from './studioRoutes.ts';
import { fastify, rateLimit, type WebSocket, websocket } from './webLibraries.ts';

export interface StudioOptions {
  /** Default: this machine alone. */
  readonly host?: string | undefined;
  /** Default: one that is free. */
  readonly port?: number | undefined;
  readonly readOnly: boolean;
}

export interface Studio {
  /** What people open; with the token, where one is needed. */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const policyViolation = 1008;
const internalError = 1011;
/** A camera path of 3,000 frames. */
const maxBodyBytes = 2 * 2 ** 20;
/** Answers of one address in ten seconds: a page with 300 thumbnails and their reload. */
const maxRequests = { max: 2_000, timeWindow: 10_000 };

/** @throws ConfigError where it cannot listen */
export async function startStudio(rooms: StudioRooms, options: StudioOptions): Promise<Studio> {
  const { host = '127.0.0.1', port = 0, readOnly } = options;
  const token = isLoopback(host) ? undefined : randomBytes(24).toString('base64url');
  const app = fastify({ bodyLimit: maxBodyBytes, forceCloseConnections: true, requestTimeout: 30_000 });
  // What else a page of another site could send without being asked first.
  app.removeContentTypeParser('text/plain');
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'there is nothing at this address' }));
  app.setErrorHandler((error: Error & { readonly statusCode?: number }, _, reply) => {
    const code = error.statusCode ?? (error instanceof NerfstreamError ? 409 : 500);
    return reply.code(code).send({ error: code === 500 ? 'the studio failed to answer' : error.message });
  });
  await app.register(rateLimit, maxRequests);
  await app.register(websocket, { options: { maxPayload: maxClientMessageBytes, perMessageDeflate: false } });
  guard(app, { host, token });
  addPage(app, await readPageFiles());
  addRoutes(app, rooms, readOnly);
  app.get<{ Querystring: { readonly run?: string } }>('/socket', { websocket: true }, (socket, { query }) => {
    void rooms.open(query.run).then(
      (opened) => (opened ? opened.room.enter(socket) : turnAway(socket, policyViolation, noRun(query.run))),
      (error: Error) => turnAway(socket, internalError, error.message),
    );
  });
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new ConfigError(
      `the studio cannot listen on ${host}:${port}: ${(error as Error).message}`,
      {},
      { cause: error },
    );
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shownHost}:${bound}/${token === undefined ? '' : `#token=${token}`}`,
    close: () => app.close(),
  };
}

/** Says why in a message: what a closing frame says has room for 123 bytes. */
function turnAway(socket: WebSocket, code: number, error: string): void {
  socket.on('error', () => socket.terminate());
  socket.send(JSON.stringify({ type: 'unavailable', error } satisfies ServerMessage));
  socket.close(code);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A studio of a fleet may begin without a run of its own. */
function noRun(name: string | undefined): string {
  return name === undefined
    ? 'No run is open: choose one in the panel Runs, or begin one there.'
    : `There is no run ${name} here.`;
}
