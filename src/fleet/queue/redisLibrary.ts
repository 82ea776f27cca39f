/** The client of Redis, apart from the queue's libraries (queueLibraries.ts): who only says something to a fleet does not wait until BullMQ is read. */
export { Redis, type RedisOptions } from 'ioredis';
