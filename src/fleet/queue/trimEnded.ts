/** What the queue keeps of runs that have completed: how they ended and where they lie, not their configurations, which lie there, too. */
import type { Fleet } from './fleet.ts';
import type { QueuedRun } from './queuedRun.ts';
import type { Job } from './queueLibraries.ts';

/** Of a job that has completed, and of no other: one of the same name may have been put in again by now. Fields are those of BullMQ. */
const script = `
if redis.call('HEXISTS', KEYS[1], 'finishedOn') == 1 and redis.call('HEXISTS', KEYS[1], 'returnvalue') == 1 then
  redis.call('HSET', KEYS[1], 'data', ARGV[1])
end`;

/** A server that is away keeps the configuration: it costs memory there, nothing else. */
export async function trimEnded({ redis, queue }: Fleet, { id, data }: Job<QueuedRun>): Promise<void> {
  const kept = { version: 1, ...(data.out !== undefined && { out: data.out }) };
  await redis.eval(script, 1, queue.toKey(id!), JSON.stringify(kept)).catch(() => undefined);
}
