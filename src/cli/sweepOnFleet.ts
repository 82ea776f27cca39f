/** `nerfstream sweep --redis`: its runs are carried out by the workers of a fleet. */
import type { FleetStatus } from '../fleet/queue/commandFleet.ts';
import type { SweepQueue } from '../fleet/queue/queueSweep.ts';
import { UsageError } from './cliErrors.ts';

export interface SweepFleetOptions {
  /** Address; true where the environment names it. */
  readonly redis?: string | true;
  readonly fleet?: string;
  readonly store?: string;
  readonly priority?: string;
}

/** What `runSweep` needs to have its runs carried out elsewhere. */
export interface SweepFleet {
  readonly carryOut: SweepQueue['carryOut'];
  /** All at once: the queue, not the sweep, knows how many workers there are. */
  readonly parallel: number;
  close(): Promise<void>;
}

const mostAtOnce = 10_000;
const firstLookMs = 2_000;
const lookEveryMs = 5_000;

/** @throws QueueError, StoreError where the queue or the store cannot be used */
export async function openSweepFleet(
  { redis, fleet: name, store: place, priority: given = '0' }: SweepFleetOptions,
  say: (line: string) => void,
): Promise<SweepFleet> {
  const { openFleet } = await import('../fleet/queue/fleet.ts');
  const { redisServer } = await import('../fleet/queue/redisServer.ts');
  const { createSweepQueue, priorityRange } = await import('../fleet/queue/queueSweep.ts');
  const priority = Number(given);
  const { least, most } = priorityRange;
  if (!Number.isInteger(priority) || priority < least || priority > most)
    throw new UsageError(`--priority ${given}: expected a whole number, ${least} (first) to ${most} (last)`);
  const { openStore } = await import('../fleet/store/openStore.ts');
  const store = place === undefined ? undefined : await openStore(place, true);
  const fleet = await openFleet(redisServer(redis === true ? undefined : redis), name);
  const queue = createSweepQueue({ fleet, store, priority, log: { warn: (_, message) => say(message) } });
  const { fleetStatus } = await import('../fleet/queue/commandFleet.ts');
  const stopLooking = lookNowAndThen(() => fleetStatus(fleet), queue, say);
  return {
    carryOut: queue.carryOut,
    parallel: mostAtOnce,
    async close() {
      stopLooking();
      await queue.close();
      await fleet.close();
      store?.close();
    },
  };
}

/** Tells how far runs are, and says why nothing goes on, each reason once until there is another one. @returns stops it */
function lookNowAndThen(
  look: () => Promise<FleetStatus>,
  queue: SweepQueue,
  say: (line: string) => void,
): () => void {
  let told: string | undefined;
  let timer: NodeJS.Timeout;
  const tell = async (): Promise<void> => {
    const status = await look();
    queue.tellProgress(status.workers);
    const reason = reasonOf(status);
    if (reason !== undefined && reason !== told) say(reason);
    told = reason;
  };
  const later = (ms: number): void => {
    timer = setTimeout(() => {
      // A server that is away is told of by who waits for ends.
      void tell()
        .catch(() => undefined)
        .finally(() => {
          if (!isStopped) later(lookEveryMs);
        });
    }, ms).unref();
  };
  let isStopped = false;
  later(firstLookMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

function reasonOf({ workers, paused }: FleetStatus): string | undefined {
  if (workers.length === 0)
    return 'the runs wait: no worker is there; nerfstream worker starts one, here or on another machine';
  return paused.includes('all')
    ? 'the runs wait: the fleet is paused; nerfstream fleet resume all'
    : undefined;
}
