/** Serves a run's control socket: one request a connection, answered when the command has taken effect. */
import { chmod } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import {
  type ControlRequest,
  type ControlResponse,
  encodeLine,
  maxRequestBytes,
  parseRequest,
} from './controlProtocol.ts';
import { claimSocketPlace, type SocketPlace } from './controlSocketPath.ts';

/** Carries out a request and resolves when it has taken effect. */
export type ControlHandler = (request: ControlRequest, connection: AbortSignal) => Promise<ControlResponse>;

export interface ControlServer {
  /** Where it listens. */
  readonly path: string;
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/** Opens the control socket of the run in `runDir`, with mode 0600. Nothing is left behind if it cannot listen. */
export async function startControlServer(runDir: string, handle: ControlHandler): Promise<ControlServer> {
  const place = await claimSocketPlace(runDir);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, handle);
  });
  server.maxConnections = 32;
  try {
    await listen(server, place);
  } catch (error) {
    server.close();
    await place.clear();
    throw error;
  }
  return {
    path: place.path,
    async close() {
      // Answers already given are sent; who waits for more learns that the run has ended.
      for (const socket of sockets) socket.end();
      const deadline = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 500);
      await new Promise((resolve) => server.close(resolve));
      clearTimeout(deadline);
      await place.clear();
    },
  };
}

/** Binds under a mask that leaves the socket to its owner from the first moment. */
async function listen(server: Server, { path, isFile }: SocketPlace): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
  if (isFile) await chmod(path, 0o600);
}

function serve(socket: Socket, handle: ControlHandler): void {
  const closed = new AbortController();
  let received = '';
  let answered = false;
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('close', () => closed.abort());
  socket.on('data', (chunk: string) => {
    if (answered) return;
    received += chunk;
    const end = received.indexOf('\n');
    if (end < 0 && received.length <= maxRequestBytes) return;
    answered = true;
    const line = end < 0 ? undefined : received.slice(0, end);
    void answer(line, handle, closed.signal).then((response) => socket.end(encodeLine(response)));
  });
}

async function answer(
  line: string | undefined,
  handle: ControlHandler,
  signal: AbortSignal,
): Promise<ControlResponse> {
  if (line === undefined) return { ok: false, error: `a request may be ${maxRequestBytes} bytes at most` };
  try {
    return await handle(parseRequest(line), signal);
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
