/** What the studio's page and its server say to each other of a fleet. Nothing of Node.js in here: the page imports it. */
import { z } from 'zod';
import type { FleetListing, ListedRun } from '../fleet/queue/fleetListing.ts';

/** A run of a fleet, wherever it is trained. */
export interface FleetRun extends ListedRun {
  /** Name under which this studio has its folder, where that lies on this disk: as in the list of runs, or `sweep/run`. */
  readonly here?: string;
}

/** A fleet as the page lists it. */
export interface FleetList extends FleetListing {
  readonly runs: readonly FleetRun[];
  /** What is wrong with the connection to Redis, in one sentence; what is listed is how things were then. */
  readonly problem?: string;
  /** Nobody may pause, resume or stop. */
  readonly readOnly: boolean;
}

/** What `POST fleetApi.commands` takes. */
export const fleetRunCommand = z.strictObject({
  command: z.enum(['pause', 'resume', 'stop']),
  /** `sweep/run` */
  run: z.string().max(400),
});
export type FleetRunCommand = z.output<typeof fleetRunCommand>;

/** Addresses, as `api` of protocol.ts. */
export const fleetApi = {
  /** GET: {@link FleetList}; 204 where the studio was started without a fleet. */
  list: '/api/fleet',
  /** POST {@link FleetRunCommand} -> 200 `{ said }` once it has taken effect; 403 read-only, 404 no such run, 409 not everywhere in time, 503 Redis is away. */
  commands: '/api/fleet/commands',
} as const;
