/**
 * The web server's libraries, in one place. They are development dependencies: the build puts what is needed of them into this file
 * (scripts/bundleLibraries.mjs), because they would be an eighth of an installed package.
 */
export { default as rateLimit } from '@fastify/rate-limit';
export { default as websocket, type WebSocket } from '@fastify/websocket';
export { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
