/** Many workers whose runs nobody trains, in a few processes that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface FakeCrew {
  /** All of its workers vanish. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL('fakeWorkers.mjs', import.meta.url));

/**
 * One process.
 * @param count of its workers, `NAME-0` and so on @param runMs milliseconds that a run takes
 * @returns once all of them take runs
 */
export async function fakeCrew(url: string, name: string, count: number, runMs: number): Promise<FakeCrew> {
  const child = spawn(process.execPath, [script, url, name, `${count}`, `${runMs}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await isReady(child);
  return {
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function isReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`fake workers ended with ${code}`)));
  });
}
