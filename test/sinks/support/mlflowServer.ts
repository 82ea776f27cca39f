/** A real MLflow server in a folder of its own, to be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MlflowServer {
  readonly url: string;
  /** Starts it (again) and waits until it answers. */
  start(): Promise<void>;
  /** Kills it at once. */
  kill(): Promise<void>;
  /** Asks the REST interface. @param query appended as it is */
  get(query: string): Promise<unknown>;
}

export async function mlflowServer(folder: string): Promise<MlflowServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  return {
    url,
    async start() {
      const store = `sqlite:///${path.join(folder, 'mlflow.db')}`;
      server = spawn(
        'python3',
        ['-m', 'mlflow', 'server', '--workers', '1', '--port', `${port}`, '--backend-store-uri', store],
        { cwd: folder, detached: true, stdio: 'ignore' },
      );
      const until = Date.now() + 180_000;
      while (!(await answers(`${url}/health`))) {
        if (Date.now() > until) throw new Error('mlflow server does not start');
        await sleep(100);
      }
    },
    async kill() {
      const killed = server;
      server = undefined;
      if (!killed?.pid) return;
      const gone = new Promise((resolve) => killed.once('exit', resolve));
      process.kill(-killed.pid, 'SIGKILL');
      await gone;
    },
    async get(query) {
      const response = await fetch(`${url}/api/2.0/mlflow/${query}`);
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** A port that nobody listens on, below those that outgoing connections take: a server that is away keeps it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
