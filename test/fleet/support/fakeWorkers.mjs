/**
 * Workers in one process whose runs end at once, or after some time: everything between the queue and a run is real.
 *
 *     node fakeWorkers.mjs URL NAME COUNT MILLISECONDS
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openFleet } from '../../../dist/src/fleet/queue/fleet.js';
import { startFleetWorker } from '../../../dist/src/fleet/queue/fleetWorker.js';
import { redisServer } from '../../../dist/src/fleet/queue/redisServer.js';

const [url, name, count, runMs] = process.argv.slice(2);
const carryOut = async ({ job }, held) => {
  await sleep(Number(runMs), undefined, { signal: held.signal }).catch(() => undefined);
  const measured = { step: 10, trainSeconds: 1, metrics: { 'eval/psnr': job.config.trainer.seed } };
  if (held.signal.aborted) return { outcome: 'givenBack', ...measured };
  if (job.stopAtStep !== undefined) return { outcome: 'reachedStep', ...measured, step: job.stopAtStep };
  return { outcome: 'finished', ending: 'completed', ...measured };
};
const places = { out: '/', cache: '', work: '', log: { info() {}, warn() {} } };
const workers = [];
for (let k = 0; k < Number(count); k++) {
  const fleet = await openFleet(redisServer(url, {}));
  const options = {
    ...places,
    fleet,
    carryOut,
    concurrency: 1,
    name: `${name}-${k}`,
    version: '0',
    vanishedMs: 3_000,
  };
  workers.push(await startFleetWorker(options));
}
process.stdout.write('ready\n');
process.on('SIGTERM', async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  process.exit(0);
});
