/** The studio's addresses for a fleet (`fleetApi` of fleetProtocol.ts). */
import { QueueError } from '../errors.ts';
import { fleetApi, fleetRunCommand } from './fleetProtocol.ts';
import type { FleetAnswer, StudioFleet } from './studioFleet.ts';
import type { FastifyInstance } from './webLibraries.ts';

const codes = { missing: 404, silent: 409, away: 503 } as const;

/** @param fleet undefined: the studio was started without one */
export function addFleetRoutes(
  app: FastifyInstance,
  fleet: StudioFleet | undefined,
  readOnly: boolean,
): void {
  app.get(fleetApi.list, async (_, reply) =>
    fleet ? { ...(await fleet.list()), readOnly } : reply.code(204).send(),
  );
  app.post(
    fleetApi.commands,
    { config: { rateLimit: { max: 60, timeWindow: 60_000 } } },
    async ({ body }, reply) => {
      if (readOnly) return reply.code(403).send({ error: 'the studio is read-only' });
      if (!fleet) return reply.code(404).send({ error: 'this studio has no fleet' });
      const request = fleetRunCommand.safeParse(body);
      const [issue] = request.error?.issues ?? [];
      if (!request.success)
        return reply.code(400).send({ error: `${issue?.path.join('.')}: ${issue?.message}` });
      const { said, problem }: FleetAnswer | { readonly said: string; readonly problem: 'missing' } =
        await fleet.perform(request.data).catch((error: unknown) => {
          if (!(error instanceof QueueError)) throw error;
          return { said: error.message, problem: 'missing' };
        });
      return problem === undefined ? { said } : reply.code(codes[problem]).send({ error: said });
    },
  );
}
