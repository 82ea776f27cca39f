/**
 * What a queue costs, and what it carries: an idle worker, a run that a worker carries out, and a queue with as many runs as are asked for, taken by fake workers
 * that do nothing with them. Starts a redis-server of its own.
 *
 *     npx tsx bench/fleet.ts [runs in the queue = 100,000]
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fleetStatus, stopInFleet } from '../src/fleet/queue/commandFleet.ts';
import type { Fleet } from '../src/fleet/queue/fleet.ts';
import type { QueuedRun } from '../src/fleet/queue/queuedRun.ts';
import { Worker } from '../src/fleet/queue/queueLibraries.ts';
import { queueRuns } from '../src/fleet/queue/queueRuns.ts';
import type { RunJob } from '../src/fleet/runJob.ts';
import { writeTinyScene } from '../test/cli/tinyScene.ts';
import { fleetAt, startWorker, tinyJob } from '../test/fleet/support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../test/fleet/support/redisServer.ts';
import { isMain, report } from './report.ts';

const idleSeconds = 30;
const trainSeconds = 30;
const shortRuns = 5;
const claims = 5_000;
const claimsAtOnce = 50;
const ticksPerSecond = 100;

/** Shares of a core, in percent: of a worker that waits, and of one beside a run that trains; its milliseconds of computing for a run of 20 steps. */
export async function benchWorker() {
  const [folder, redis, fleet] = await startFleet();
  try {
    const job = await jobIn(folder, 1_000_000);
    const short = await jobIn(folder, 20);
    const worker = startWorker(redis.url, 'bench', ['--out', folder, '--vanished-after', '60'], {
      cwd: folder,
    });
    const { pid } = worker.process;
    while ((await fleetStatus(fleet)).workers.length === 0) await delay(100);
    // What starting leaves behind (compiling, one collection of garbage) is over by then.
    await delay(30_000);
    const idle = await shareOf(pid!, () => delay(idleSeconds * 1000));
    await queueRuns(fleet, [{ version: 1, job, out: folder }]);
    const isTraining = async () => (await fleetStatus(fleet)).workers[0]?.runs[0]?.state === 'training';
    while (!(await isTraining())) await delay(100);
    const beside = await shareOf(pid!, () => delay(trainSeconds * 1000));
    await stopInFleet(fleet, { kind: 'all' }, 60_000);
    const completed = async (count: number) => {
      while ((await fleet.queue.getCompletedCount()) < count) await delay(100);
    };
    await completed(1);
    const before = cpuSeconds(pid!);
    const some = Array.from({ length: shortRuns }, (_, k) => ({ ...short, run: `short-${k}` }));
    await queueRuns(
      fleet,
      some.map((one) => ({ version: 1, job: one, out: folder })),
    );
    await completed(1 + shortRuns);
    const perRunMs = (1000 * (cpuSeconds(pid!) - before)) / shortRuns;
    worker.process.kill('SIGTERM');
    await worker.result;
    return { idlePercent: idle.percent, besideRunPercent: beside.percent, perRunMs };
  } finally {
    await endFleet(folder, redis, fleet);
  }
}

/** A queue with `runs`, 20,000 at least: what it needs, how fast it is filled and emptied, how long a status takes. */
export async function benchQueue(runs: number) {
  const [folder, redis, fleet] = await startFleet();
  try {
    const job = await jobIn(folder, 1_000);
    const put = async (from: number, to: number) => {
      const some = Array.from({ length: to - from }, (_, index): QueuedRun => {
        const run = `learningRate=0.${from + index},seed=${index}`;
        return { version: 1, job: { ...job, run }, data: 'a'.repeat(64) };
      });
      await queueRuns(fleet, some);
    };
    await put(0, 10_000);
    const statusOf10000 = await statusMs(fleet);
    const [before, began] = [await usedBytes(fleet), performance.now()];
    for (let at = 10_000; at < runs; at += 5_000) await put(at, Math.min(runs, at + 5_000));
    const seconds = (performance.now() - began) / 1000;
    return {
      statusOf10000,
      statusOfAll: await statusMs(fleet),
      putPerSecond: (runs - 10_000) / seconds,
      bytesPerRun: ((await usedBytes(fleet)) - before) / (runs - 10_000),
      dataBytes: JSON.stringify({ version: 1, job, data: 'a'.repeat(64) }).length,
      claimsPerSecond: await benchClaims(fleet),
    };
  } finally {
    await endFleet(folder, redis, fleet);
  }
}

async function startFleet(): Promise<[folder: string, redis: TestRedis, fleet: Fleet]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-bench-'));
  const redis = await testRedis('--appendfsync', 'everysec');
  await redis.start();
  return [folder, redis, await fleetAt(redis.url)];
}

async function endFleet(folder: string, redis: TestRedis, fleet: Fleet): Promise<void> {
  await fleet.close();
  await redis.dispose();
  await rm(folder, { recursive: true, force: true });
}

async function jobIn(folder: string, maxSteps: number): Promise<RunJob> {
  const scene = path.join(folder, 'scene');
  await writeTinyScene(scene);
  return tinyJob(scene, 'run', [`trainer.maxSteps=${maxSteps}`, 'evaluate.allImagesEverySteps=0']);
}

/** The share of a core that a process takes meanwhile. */
async function shareOf(
  pid: number,
  meanwhile: () => Promise<unknown>,
): Promise<{ readonly percent: number }> {
  const [before, began] = [cpuSeconds(pid), performance.now()];
  await meanwhile();
  const seconds = (performance.now() - began) / 1000;
  return { percent: (100 * (cpuSeconds(pid) - before)) / seconds };
}

function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user! + system!) / ticksPerSecond;
}

async function statusMs(fleet: Fleet): Promise<number> {
  const began = performance.now();
  await fleetStatus(fleet);
  return performance.now() - began;
}

async function usedBytes({ redis }: Fleet): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

/** Takes and completes runs, from the first to the last: one process, which does nothing with them. */
async function benchClaims({ redis, keys }: Fleet): Promise<number> {
  let [taken, first, last] = [0, 0, 0];
  let finished!: () => void;
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const worker = new Worker(
    keys.queue,
    async () => {
      taken++;
      if (taken === 1) first = performance.now();
      if (taken === claims) {
        last = performance.now();
        finished();
      }
      return { outcome: 'finished', ending: 'completed', step: 1, trainSeconds: 1, metrics: {} };
    },
    { connection: redis, prefix: keys.prefix, concurrency: claimsAtOnce },
  );
  await done;
  await worker.close();
  return claims / ((last - first) / 1000);
}

if (isMain(import.meta.url)) {
  if (!hasRedis) throw new Error('bench/fleet.ts needs redis-server');
  const runs = Number(process.argv[2] ?? 100_000);
  const [worker, queue] = [await benchWorker(), await benchQueue(runs)];
  await report(
    'fleet',
    [
      { what: 'idle worker, share of a core', unit: '%', ours: worker.idlePercent, bound: 0.5 },
      {
        what: 'worker beside a run that trains, share of a core',
        unit: '%',
        ours: worker.besideRunPercent,
        bound: 1,
      },
      { what: 'worker, for a run of 20 steps', unit: 'ms', ours: worker.perRunMs },
      { what: 'status, 10,000 runs in the queue', unit: 'ms', ours: queue.statusOf10000, bound: 1_000 },
      { what: `status, ${runs} runs in the queue`, unit: 'ms', ours: queue.statusOfAll, bound: 1_000 },
      { what: 'memory of Redis for a run', unit: 'kB', ours: queue.bytesPerRun / 1000 },
      { what: 'runs put in, a second', unit: '1/s', ours: queue.putPerSecond, moreIsBetter: true },
      {
        what: 'runs taken and completed, a second',
        unit: '1/s',
        ours: queue.claimsPerSecond,
        moreIsBetter: true,
      },
    ],
    [`a queued run is ${queue.dataBytes} bytes of JSON`],
  );
}
