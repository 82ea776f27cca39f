/** A real Redis (or Valkey) server in a folder of its own, which keeps what it knows, to be killed and started again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../sinks/support/mlflowServer.ts';

const program = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Whether there is one here. */
export const hasRedis = program !== undefined;

export interface TestRedis {
  readonly url: string;
  /** Starts it (again) and waits until it answers. */
  start(): Promise<void>;
  /** Kills it at once: what it had written to its append-only file is what it knows. */
  kill(): Promise<void>;
  /** Kills it and removes its folder. */
  dispose(): Promise<void>;
}

/** @param settings of redis.conf, as on its command line */
export async function testRedis(...settings: readonly string[]): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-redis-'));
  const port = await freePort();
  let server: ChildProcess | undefined;
  const kill = async () => {
    const killed = server;
    server = undefined;
    if (!killed || killed.exitCode !== null || killed.signalCode !== null) return;
    const gone = new Promise((resolve) => killed.once('exit', resolve));
    killed.kill('SIGKILL');
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      server = spawn(
        program!,
        [
          ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
          ...['--appendonly', 'yes', '--appendfsync', 'always', ...settings],
        ],
        { stdio: 'ignore' },
      );
      const until = Date.now() + 60_000;
      while (!(await answers(port))) {
        if (Date.now() > until || server.exitCode !== null) throw new Error('redis-server does not start');
        await sleep(20);
      }
    },
    kill,
    async dispose() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether it takes commands: one that still reads its file answers LOADING, one with a password NOAUTH. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (chunk) => {
      resolve(/PONG|NOAUTH/.test(String(chunk)));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}
