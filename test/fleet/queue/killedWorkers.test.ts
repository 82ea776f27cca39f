/**
 * Twelve runs on three workers, six of which are killed at random moments, and a Redis that is killed, too: every run is there once, with the
 * bits that it has alone. Processes, server and storage are real.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fleet } from '../../../src/fleet/queue/fleet.ts';
import { createSweepQueue } from '../../../src/fleet/queue/queueSweep.ts';
import { readWorkers } from '../../../src/fleet/queue/workerRecord.ts';
import { openStore } from '../../../src/fleet/store/openStore.ts';
import { storedRun } from '../../../src/fleet/store/storedRun.ts';
import { randomKey, uniformAt } from '../../../src/rng.ts';
import { writeTinyScene } from '../../cli/tinyScene.ts';
import { pythonHas } from '../../sinks/support/python.ts';
import {
  endOfRun,
  fleetAt,
  startWorker,
  type TestWorker,
  tinyJob,
  trainedAlone,
} from '../support/fleetOfTest.ts';
import { hasRedis, type TestRedis, testRedis } from '../support/redisServer.ts';
import { type TestS3, testS3 } from '../support/s3Server.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 200_000 });

const [runCount, workerCount, kills, restartAfter] = [12, 3, 6, 3];
const log = { warn: () => {} };

describe.skipIf(!hasRedis)(
  'a fleet (needs redis-server; its store is S3 where Python has moto, else a folder)',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-fleet-'));
    const scene = path.join(folder, 'scene');
    const crew: TestWorker[] = [];
    let redis: TestRedis;
    let s3: TestS3 | undefined;
    let fleet: Fleet;
    beforeAll(async () => {
      await writeTinyScene(scene);
      redis = await testRedis();
      await redis.start();
      s3 = pythonHas('moto.server') ? await testS3() : undefined;
      for (const [name, value] of Object.entries(s3?.environment ?? {})) vi.stubEnv(name, value);
      fleet = await fleetAt(redis.url);
    });
    afterAll(async () => {
      for (const worker of crew) worker.process.kill('SIGKILL');
      await fleet.close();
      await s3?.dispose();
      await redis.dispose();
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true, force: true });
    });

    it('[FL26] twelve runs, six workers killed, Redis killed once: each run completes once, with the bits that it has alone', async () => {
      const jobs = await Promise.all(
        Array.from({ length: runCount }, (_, seed) =>
          tinyJob(scene, `seed=${seed}`, [
            ...[
              `trainer.seed=${seed}`,
              'trainer.maxSteps=400',
              'checkpoint.everySteps=50',
              'checkpoint.keep=2',
            ],
            ...['evaluate.batchEverySteps=0', 'evaluate.imageEverySteps=0'],
          ]),
        ),
      );
      const place = s3?.store ?? path.join(folder, 'store');
      const store = await openStore(place, true);
      const random = randomKey(26, 0, 0);
      const hire = () => {
        const number = crew.length;
        const args = ['--store', place, '--cache', path.join(folder, `cache-${number % workerCount}`)];
        crew.push(startWorker(redis.url, `worker-${number}`, args, { cwd: folder }));
      };
      for (let k = 0; k < workerCount; k++) hire();
      const together = path.join(folder, 'together');
      const sweep = createSweepQueue({ fleet, store, log, backoffMs: 100 });
      const ends = Promise.all(jobs.map((job) => sweep.carryOut(job, { outDir: together })));

      for (let kill = 0; kill < kills; kill++) {
        const victim = await Promise.race([busyWorker(crew, uniformAt(random, 3 * kill)), ends]);
        if (Array.isArray(victim))
          throw new Error(`all runs had ended before kill ${kill + 1}: give them more steps`);
        await sleep(1_000 * uniformAt(random, 3 * kill + 1));
        // Half of them lose their machine; of the others, what they had started has to notice.
        await (uniformAt(random, 3 * kill + 2) < 0.5 ? victim.killMachine() : victim.kill());
        hire();
        if (kill !== restartAfter) continue;
        await redis.kill();
        await redis.start();
      }
      expect((await ends).map(({ outcome, step }) => ({ outcome, step }))).toEqual(
        jobs.map(() => ({ outcome: 'finished', step: 400 })),
      );
      await sweep.close();
      const counts = await fleet.queue.getJobCounts('completed', 'failed', 'wait', 'active', 'delayed');
      expect(counts).toEqual({ completed: runCount, failed: 0, wait: 0, active: 0, delayed: 0 });
      for (const { sweep: name, run } of jobs) {
        const manifest = await storedRun(store, { sweep: name, run, log }).manifest();
        expect(manifest?.end).toMatchObject({ outcome: 'finished', ending: 'completed', step: 400 });
      }
      for (const job of jobs)
        expect(await endOfRun(path.join(together, job.run))).toEqual(
          await trainedAlone(job, path.join(folder, 'alone')),
        );
      // Work went from worker to worker: some run was taken by more than one.
      const turns = await Promise.all(
        jobs.map(
          async ({ sweep: name, run }) =>
            (await storedRun(store, { sweep: name, run, log }).manifest())!.turn,
        ),
      );
      expect(Math.max(...turns)).toBeGreaterThan(1);
    });

    /** One of those that have a run, by chance. */
    async function busyWorker(all: readonly TestWorker[], chance: number): Promise<TestWorker> {
      while (true) {
        const busy = (await readWorkers(fleet)).filter(({ runs }) => runs.length > 0).map(({ name }) => name);
        const living = all.filter(({ name, process: { signalCode, exitCode } }) => {
          return busy.includes(name) && signalCode === null && exitCode === null;
        });
        const one = living[Math.floor(chance * living.length)];
        if (one) return one;
        await sleep(50);
      }
    }
  },
);
