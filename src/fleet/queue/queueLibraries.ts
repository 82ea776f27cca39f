/**
 * The queue's libraries, in one place. They are development dependencies: the build puts what is needed of them into this file
 * (scripts/bundleLibraries.mjs), because most of what they bring serves other databases.
 */
export {
  DelayedError,
  type Job,
  type JobsOptions,
  Queue,
  QueueEvents,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq';
export { Redis, type RedisOptions } from 'ioredis';
