/** A fleet: one queue of runs on a Redis or Valkey server, the workers that take them, and what is said between people and workers. */
import { ConfigError, QueueError } from '../../errors.ts';
import { runNameSchema } from '../runNames.ts';
import type { QueuedRun } from './queuedRun.ts';
import type { Queue } from './queueLibraries.ts';
import type { Redis } from './redisLibrary.ts';
import { connectRedis, type RedisServer } from './redisServer.ts';

/** Name of the fleet that is meant where none is said. */
export const defaultFleet = 'fleet';
const prefix = 'nerfstream';

/** Where things lie on the server. What BullMQ keeps is beside it, under `queue`. */
export interface FleetKeys {
  /** Prefix and name of the queue. */
  readonly prefix: string;
  readonly queue: string;
  /** Set of the names of workers that have been there; their records expire by themselves. */
  readonly workers: string;
  readonly worker: (name: string) => string;
  /** Set of what is paused, as targets in text. */
  readonly paused: string;
  /** Channel on which all workers hear commands, and that of one of them. */
  readonly commands: string;
  readonly commandsOf: (worker: string) => string;
  /** Channel on which one command is answered. */
  readonly answers: (id: string) => string;
}

/** A fleet, as far as one can be without its queue: workers hear what is said on the server. */
export interface FleetLine {
  readonly name: string;
  readonly server: RedisServer;
  readonly keys: FleetKeys;
  /** For ordinary commands; comes back by itself when the server was away. */
  readonly redis: Redis;
  /** Reads the queue's library, which takes a fifth of a second of a busy core, the first time. */
  openQueue(): Promise<Queue<QueuedRun>>;
  close(): Promise<void>;
}

export interface Fleet extends FleetLine {
  readonly queue: Queue<QueuedRun>;
}

/** @throws QueueError where the server cannot be reached; ConfigError for a name that is none */
export async function openFleet(server: RedisServer, name: string = defaultFleet): Promise<Fleet> {
  return withQueue(await openFleetLine(server, name));
}

/** The same fleet; who closes either of the two closes both. */
export async function withQueue(line: FleetLine): Promise<Fleet> {
  return { ...line, queue: await line.openQueue() };
}

/** The same without the queue, which may be opened later. @throws as {@link openFleet} */
export async function openFleetLine(server: RedisServer, name: string = defaultFleet): Promise<FleetLine> {
  const keys = fleetKeys(name);
  const redis = await connectRedis(server);
  await checkVersion(redis, server);
  let opened: Promise<Queue<QueuedRun>> | undefined;
  const open = async (): Promise<Queue<QueuedRun>> => {
    const { Queue } = await import('./queueLibraries.ts');
    const queue = new Queue<QueuedRun>(keys.queue, { connection: redis, prefix: keys.prefix });
    // The connection says so, too, and once is enough.
    queue.on('error', () => {});
    return queue;
  };
  return {
    name,
    server,
    keys,
    redis,
    openQueue() {
      opened ??= open();
      return opened;
    },
    async close() {
      await (await opened)?.close();
      redis.disconnect();
    },
  };
}

function fleetKeys(name: string): FleetKeys {
  const parsed = runNameSchema.safeParse(name);
  if (!parsed.success) throw new ConfigError(`--fleet: the name ${parsed.error.issues[0]?.message}`);
  const own = `${prefix}-fleet:${name}`;
  return {
    prefix,
    queue: name,
    workers: `${own}:workers`,
    worker: (worker) => `${own}:worker:${worker}`,
    paused: `${own}:paused`,
    commands: `${own}:commands`,
    commandsOf: (worker) => `${own}:commands:${worker}`,
    answers: (id) => `${own}:answers:${id}`,
  };
}

/** BullMQ needs what came with Redis 6.2; it would only warn. */
async function checkVersion(redis: Redis, { shown }: RedisServer): Promise<void> {
  const info = await redis.info('server');
  const [, major = '0', minor = '0'] = /redis_version:(\d+)\.(\d+)/.exec(info) ?? [];
  if (Number(major) * 100 + Number(minor) < 602) {
    redis.disconnect();
    throw new QueueError(
      `Redis at ${shown} is of version ${major}.${minor}; a fleet needs 6.2 or newer, or Valkey`,
    );
  }
}
