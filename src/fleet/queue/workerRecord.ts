/** A worker's sign of life: a record that expires unless it is written again. */
import os from 'node:os';
import { systemClock } from '../../clock.ts';
import type { Fleet, FleetLine } from './fleet.ts';
import { readMessage, type WorkerRecord, workerRecordSchema } from './fleetMessages.ts';

const everyMs = 2_000;
/** A worker without runs has less to tell: it shows itself every so many times only. */
const idleTurns = 3;
/** Longer than a server takes to be started again. */
const expiresMs = 15_000;
const recordsAtOnce = 500;

/**
 * Writes the record now and then.
 * @param then done each time, so that what a worker missed while the server was away takes effect
 */
export function announceWorker(
  { redis, keys }: Fleet,
  record: () => Omit<WorkerRecord, 'host' | 'pid' | 'since'>,
  then: () => Promise<void>,
): { close(): Promise<void> } {
  const since = systemClock.now();
  let isWriting = false;
  const write = async (): Promise<void> => {
    const now: WorkerRecord = { ...record(), host: os.hostname(), pid: process.pid, since };
    await redis
      .multi()
      .sadd(keys.workers, now.name)
      .set(keys.worker(now.name), JSON.stringify(now), 'PX', expiresMs)
      .exec();
    // A pause takes as long as the step that is being made: nobody waits for it here.
    void then().catch(() => undefined);
  };
  let turn = 0;
  const beat = () => {
    if (turn++ % idleTurns !== 0 && record().runs.length === 0) return;
    // Of those that wait for a server that is away, one is enough.
    if (isWriting) return;
    isWriting = true;
    void write()
      .catch(() => undefined)
      .finally(() => {
        isWriting = false;
      });
  };
  beat();
  const timer = setInterval(beat, everyMs);
  return {
    async close() {
      clearInterval(timer);
      if (redis.status !== 'ready') return;
      const { name } = record();
      await redis.multi().srem(keys.workers, name).del(keys.worker(name)).exec();
    },
  };
}

/** The workers that live; names whose records have expired are forgotten. */
export async function readWorkers({
  redis,
  keys,
}: Pick<FleetLine, 'redis' | 'keys'>): Promise<WorkerRecord[]> {
  const names = (await redis.smembers(keys.workers)).sort();
  const found: WorkerRecord[] = [];
  for (let at = 0; at < names.length; at += recordsAtOnce) {
    const some = names.slice(at, at + recordsAtOnce);
    const texts = await redis.mget(some.map(keys.worker));
    const gone = some.filter((_, index) => texts[index] === null);
    if (gone.length > 0) await redis.srem(keys.workers, gone);
    found.push(...texts.flatMap((text) => readMessage(workerRecordSchema, text ?? null) ?? []));
  }
  return found;
}
