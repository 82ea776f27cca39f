/**
 * What a queue costs, and what it carries: an idle worker, a run that a worker carries out, a pause of all, and as many runs and fake workers as are asked for, which do
 * nothing with them. Starts a redis-server of its own.
 *
 *     npx tsx bench/fleet.ts worker | pause | queue | scale [runs = 100,000] [workers = 1,000]
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sendControl } from '../src/cli/controlClient.ts';
import { fleetStatus, pauseFleet, resumeFleet, stopInFleet } from '../src/fleet/queue/commandFleet.ts';
import type { Fleet } from '../src/fleet/queue/fleet.ts';
import type { QueuedRun } from '../src/fleet/queue/queuedRun.ts';
import { Worker } from '../src/fleet/queue/queueLibraries.ts';
import { queueRuns } from '../src/fleet/queue/queueRuns.ts';
import type { RunJob } from '../src/fleet/runJob.ts';
import { runCli } from '../test/cli/runCli.ts';
import { writeTinyScene } from '../test/cli/tinyScene.ts';
import { type FakeCrew, fakeCrew } from '../test/fleet/support/fakeCrew.ts';
import { fleetAt, startWorker, tinyJob } from '../test/fleet/support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../test/fleet/support/redisServer.ts';
import { isMain, type Measurement, report } from './report.ts';

const idleSeconds = 30;
const trainSeconds = 30;
const shortRuns = 5;
const pauseCommands = 3;
const workersEach = 100;
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

/**
 * Two workers that train: until a pause of all has been answered, and steps that came after the answer. Then the same as processes of the command line, one after
 * another: when each had started, its message went out, the last run made its last step (by the clock of its metrics), and the process had ended.
 */
export async function benchPause() {
  const [folder, redis, fleet] = await startFleet();
  try {
    const job = await jobIn(folder, 1_000_000);
    const names = ['one', 'two'];
    const workers = names.map((name) => startWorker(redis.url, name, ['--out', folder], { cwd: folder }));
    await queueRuns(
      fleet,
      names.map((run) => ({ version: 1, job: { ...job, run }, out: folder })),
    );
    const steps = async () => {
      const looks = names.map((run) => sendControl(path.join(folder, run), { type: 'status' }, 60_000));
      const found = await Promise.all(looks.map((look) => look.catch(() => undefined)));
      return found.map((answer) => (answer?.ok ? answer.status.step : 0));
    };
    while ((await steps()).some((step) => step < 20)) await delay(100);
    const answeredMs = await msOf(() => pauseFleet(fleet, { kind: 'all' }, 60_000));
    const before = await steps();
    await delay(3_000);
    const after = await steps();
    const stepsAfter = after.reduce((sum, step, index) => sum + step - before[index]!, 0);
    // A listener on the channel would count as a worker that does not answer.
    const monitor = await fleet.redis.monitor();
    let messageMs = 0;
    monitor.on('monitor', (time: string, [command = '', channel = '', text = '']: readonly string[]) => {
      if (command.toLowerCase() === 'publish' && channel === fleet.keys.commands && text.includes('"pause"'))
        messageMs = 1000 * Number(time);
    });
    const commands: PauseCommand[] = [];
    for (let k = 0; k < pauseCommands; k++) {
      const held = await steps();
      await resumeFleet(fleet, { kind: 'all' }, 60_000);
      while ((await steps()).some((step, index) => step <= held[index]! + 100)) await delay(100);
      const began = Date.now();
      await runCli(['fleet', 'pause', 'all', '--redis', redis.url]);
      const ended = Date.now();
      // What has been measured is written within a second or two.
      await delay(3_000);
      const lastStepMs = Math.max(...names.map((run) => lastStepAt(path.join(folder, run))));
      commands.push({ message: messageMs - began, lastStep: lastStepMs - began, ended: ended - began });
    }
    monitor.disconnect();
    for (const worker of workers) await worker.killMachine();
    return { answeredMs, stepsAfter, commands };
  } finally {
    await endFleet(folder, redis, fleet);
  }
}

/** Milliseconds from its start. */
interface PauseCommand {
  readonly message: number;
  readonly lastStep: number;
  readonly ended: number;
}

/** When a run made the newest step that its metrics tell of, in milliseconds since the epoch. */
function lastStepAt(folder: string): number {
  const lines = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  return 1000 * (JSON.parse(lines.at(-1)!) as { wallTime: number }).wallTime;
}

/** Fake workers, a hundred a process, and runs that take no time, from the first to the last one. */
export async function benchScale(runs: number, workers: number) {
  const [folder, redis, fleet] = await startFleet();
  const crews: FakeCrew[] = [];
  try {
    const job = await jobIn(folder, 1_000);
    await fleet.queue.pause();
    for (let at = 0; at < runs; at += 5_000)
      await queueRuns(
        fleet,
        Array.from({ length: Math.min(5_000, runs - at) }, (_, index): QueuedRun => {
          const run = `learningRate=0.${at + index},seed=${index}`;
          return { version: 1, job: { ...job, run }, data: 'a'.repeat(64) };
        }),
      );
    const queuedBytes = await usedBytes(fleet);
    for (let k = 0; k < workers / workersEach; k++)
      crews.push(await fakeCrew(redis.url, `crew-${k}`, workersEach, 0));
    const clients = Number(/connected_clients:(\d+)/.exec(await fleet.redis.info('clients'))?.[1]);
    const began = performance.now();
    await resumeFleet(fleet, { kind: 'all' }, 120_000);
    const completed = async () => (await fleetStatus(fleet)).runs.completed;
    while ((await completed()) < runs / 4) await delay(200);
    const statusUnderLoad = await msOf(() => fleetStatus(fleet));
    const pauseMs = await msOf(() => pauseFleet(fleet, { kind: 'all' }, 120_000));
    await resumeFleet(fleet, { kind: 'all' }, 120_000);
    while ((await completed()) < runs) await delay(500);
    const seconds = (performance.now() - began) / 1000;
    // Workers trim what has ended a moment later; without them their connections need no memory.
    await delay(2_000);
    for (const crew of crews) await crew.kill();
    await delay(2_000);
    const { setAside } = (await fleetStatus(fleet)).runs;
    return {
      ...{ clients, statusUnderLoad, pauseMs, setAside },
      queuedMegabytes: queuedBytes / 1e6,
      endedMegabytes: (await usedBytes(fleet)) / 1e6,
      runsPerSecond: runs / seconds,
    };
  } finally {
    for (const crew of crews) await crew.kill();
    await endFleet(folder, redis, fleet);
  }
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
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
  const [part, runs = '100000', workers = '1000'] = process.argv.slice(2);
  const rows: Measurement[] = [];
  const notes: string[] = [];
  if (part === undefined || part === 'worker') {
    const { idlePercent, besideRunPercent, perRunMs } = await benchWorker();
    rows.push(
      { what: 'idle worker, share of a core', unit: '%', ours: idlePercent, bound: 0.5 },
      {
        what: 'worker beside a run that trains, share of a core',
        unit: '%',
        ours: besideRunPercent,
        bound: 1,
      },
      { what: 'worker, for a run of 20 steps', unit: 'ms', ours: perRunMs },
    );
  }
  if (part === undefined || part === 'pause') {
    const { answeredMs, stepsAfter, commands } = await benchPause();
    const worst = (of: keyof PauseCommand) => Math.max(...commands.map((command) => command[of]));
    rows.push(
      { what: 'pause of all, two workers that train', unit: 'ms', ours: answeredMs, bound: 2_000 },
      {
        what: 'as a command, from its start: its message, the worst of 3',
        unit: 'ms',
        ours: worst('message'),
      },
      { what: '... the last step anywhere', unit: 'ms', ours: worst('lastStep'), bound: 2_000 },
      { what: '... its end', unit: 'ms', ours: worst('ended') },
    );
    notes.push(`${stepsAfter} steps in the 3 seconds after the answer`);
    notes.push(
      `message, last step and end of each command, in ms: ${commands.map(({ message, lastStep, ended }) => `${message}, ${lastStep.toFixed(0)}, ${ended}`).join(' | ')}`,
    );
  }
  if (part === undefined || part === 'queue') {
    const queue = await benchQueue(Number(runs));
    rows.push(
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
    );
    notes.push(`a queued run is ${queue.dataBytes} bytes of JSON`);
  }
  if (part === undefined || part === 'scale') {
    const scale = await benchScale(Number(runs), Number(workers));
    rows.push(
      { what: `memory of Redis, ${runs} runs that wait`, unit: 'MB', ours: scale.queuedMegabytes },
      { what: `memory of Redis, ${runs} runs that have ended`, unit: 'MB', ours: scale.endedMegabytes },
      {
        what: `runs a second, ${workers} workers`,
        unit: '1/s',
        ours: scale.runsPerSecond,
        moreIsBetter: true,
      },
      { what: 'status meanwhile', unit: 'ms', ours: scale.statusUnderLoad, bound: 1_000 },
      { what: `pause of all, ${workers} workers`, unit: 'ms', ours: scale.pauseMs },
    );
    notes.push(`${scale.clients} connections; ${scale.setAside} runs set aside`);
  }
  await report('fleet', rows, notes);
}
