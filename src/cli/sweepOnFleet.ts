/** `nerfstream sweep --redis`: its runs are carried out by the workers of a fleet. */
import type { SweepQueue } from '../fleet/queue/queueSweep.ts';

export interface SweepFleetOptions {
  /** Address; true where the environment names it. */
  readonly redis?: string | true;
  readonly fleet?: string;
  readonly store?: string;
}

/** What `runSweep` needs to have its runs carried out elsewhere. */
export interface SweepFleet {
  readonly carryOut: SweepQueue['carryOut'];
  /** All at once: the queue, not the sweep, knows how many workers there are. */
  readonly parallel: number;
  close(): Promise<void>;
}

const mostAtOnce = 10_000;

/** @throws QueueError, StoreError where the queue or the store cannot be used */
export async function openSweepFleet(
  { redis, fleet: name, store: place }: SweepFleetOptions,
  say: (line: string) => void,
): Promise<SweepFleet> {
  const { openFleet } = await import('../fleet/queue/fleet.ts');
  const { redisServer } = await import('../fleet/queue/redisServer.ts');
  const { createSweepQueue } = await import('../fleet/queue/queueSweep.ts');
  const { openStore } = await import('../fleet/store/openStore.ts');
  const store = place === undefined ? undefined : await openStore(place);
  const fleet = await openFleet(redisServer(redis === true ? undefined : redis), name);
  const queue = createSweepQueue({ fleet, store, log: { warn: (_, message) => say(message) } });
  return {
    carryOut: queue.carryOut,
    parallel: mostAtOnce,
    async close() {
      await queue.close();
      await fleet.close();
      store?.close();
    },
  };
}
