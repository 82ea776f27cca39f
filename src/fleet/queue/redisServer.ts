/** Connections to the Redis or Valkey server that a fleet meets at. */
import { QueueError } from '../../errors.ts';
import { Redis, type RedisOptions } from './redisLibrary.ts';

/** A server, and how one gets in. Nothing of it but `shown` may be told. */
export interface RedisServer {
  /** `redis://host:port/0`, without secrets. */
  readonly shown: string;
  readonly options: Pick<
    RedisOptions,
    'host' | 'port' | 'db' | 'username' | 'password' | 'tls' | 'maxRetriesPerRequest' | 'connectTimeout'
  >;
}

const defaultPort = 6379;
const connectTimeoutMs = 5_000;
const longestPauseMs = 5_000;

/**
 * @param address `redis://[user[:password]@]host[:port][/db]`, or `rediss://` for TLS; default: `NERFSTREAM_REDIS_URL`
 * @param environment `NERFSTREAM_REDIS_PASSWORD` and `NERFSTREAM_REDIS_USER` stand in for what the address does not say
 * @throws QueueError for no address, and for one that is none. It never repeats the address
 */
export function redisServer(
  address: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RedisServer {
  const text = address ?? environment['NERFSTREAM_REDIS_URL'];
  if (text === undefined || text === '')
    throw new QueueError('which Redis? Say --redis redis://HOST:6379, or set NERFSTREAM_REDIS_URL');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = Number(url?.pathname.slice(1) || 0);
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || !url.hostname || !Number.isInteger(database))
    throw new QueueError('--redis: expected redis://HOST:PORT/DATABASE, or rediss:// for TLS');
  const { hostname, protocol } = url;
  const port = Number(url.port || defaultPort);
  const username = decodeURIComponent(url.username) || environment['NERFSTREAM_REDIS_USER'];
  const password = decodeURIComponent(url.password) || environment['NERFSTREAM_REDIS_PASSWORD'];
  return {
    shown: `${protocol}//${hostname}:${port}/${database}`,
    options: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port,
      db: database,
      ...(username && { username }),
      ...(password && { password }),
      ...(protocol === 'rediss:' && { tls: { servername: hostname } }),
      // What is asked while the server is away waits until it is back.
      maxRetriesPerRequest: null,
      connectTimeout: connectTimeoutMs,
    },
  };
}

/**
 * Connects, once.
 * @returns a connection that comes back by itself from then on; its owner ends it with `disconnect`
 * @throws QueueError in one line where the server cannot be reached or lets nobody in
 */
export async function connectRedis({ shown, options }: RedisServer): Promise<Redis> {
  // The first time it is to fail at once: nobody waits for a server that was never there.
  let isFirst = true;
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    retryStrategy: (attempt: number) =>
      isFirst ? null : Math.min(100 * 2 ** Math.min(attempt, 10), longestPauseMs),
  });
  let reason: unknown;
  redis.on('error', (error: unknown) => {
    reason = error;
  });
  try {
    await redis.connect();
    await redis.ping();
    isFirst = false;
    return redis;
  } catch (cause) {
    redis.disconnect();
    throw new QueueError(`Redis at ${shown} cannot be used: ${reasonOf(reason ?? cause)}`, { cause });
  }
}

/** In words, without what was sent: the server may repeat a user's name. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (/WRONGPASS|NOAUTH|invalid username-password/i.test(message))
    return 'it wants a password (NERFSTREAM_REDIS_PASSWORD), or another one';
  if (/NOPERM/.test(message)) return 'this user may not do what a fleet needs';
  if (/LOADING/.test(message)) return 'it is still reading its data; try again in a moment';
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there; is it running?',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the name of the host cannot be looked up now',
    ETIMEDOUT: 'it does not answer; is a firewall between?',
    ECONNRESET: 'it closed the connection; does it want TLS (rediss://)?',
  };
  return (code === undefined ? undefined : reasons[code]) ?? message.split('\n', 1)[0]!;
}
