/** An S3-compatible server (moto's, in Python), with one bucket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../sinks/support/mlflowServer.ts';

export interface TestS3 {
  /** Address of the bucket. */
  readonly store: string;
  /** What a process needs to reach it. */
  readonly environment: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

export async function testS3(): Promise<TestS3> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server: ChildProcess = spawn('python3', ['-m', 'moto.server', '-p', `${port}`], { stdio: 'ignore' });
  const until = Date.now() + 120_000;
  const made = () => fetch(`${endpoint}/fleet-store`, { method: 'PUT' }).then(({ ok }) => ok);
  while (!(await made().catch(() => false))) {
    if (Date.now() > until || server.exitCode !== null) throw new Error('moto does not start');
    await sleep(100);
  }
  return {
    store: 's3://fleet-store/some/prefix',
    environment: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: 'key-of-a-test',
      AWS_SECRET_ACCESS_KEY: 'secret-of-a-test',
      AWS_REGION: 'us-east-1',
    },
    async dispose() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await gone;
    },
  };
}
