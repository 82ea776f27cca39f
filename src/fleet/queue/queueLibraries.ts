/**
 * The queue's library, in one place. It and redisLibrary.ts are development dependencies: the build puts what is needed of
 * them into these files (scripts/bundleLibraries.mjs), because most of what they bring serves other databases.
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
