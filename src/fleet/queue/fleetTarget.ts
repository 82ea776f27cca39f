/** Whom a command to a fleet means, as people write it and as messages say it. */
import { z } from 'zod';
import { QueueError } from '../../errors.ts';
import type { RunJob } from '../runJob.ts';
import { runNameSchema } from '../runNames.ts';

/** `sweep/run`, whatever step it is to stop at. @param id see {@link queuedRunId}; also a part of it */
export function withoutStop(id: string): string {
  return id.replace(/@\d+$/, '');
}

/** Sweep and run of such an id, or of `sweep/run`. */
export function runOfId(id: string): Pick<RunJob, 'sweep' | 'run'> {
  const [sweep = '', run = ''] = withoutStop(id).split('/');
  return { sweep, run };
}

/** Who is meant by a command: everything, a sweep, one of its runs, or a worker with the runs that it has. */
export const fleetTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('sweep'), sweep: runNameSchema }),
  z.strictObject({ kind: z.literal('run'), sweep: runNameSchema, run: runNameSchema }),
  z.strictObject({ kind: z.literal('worker'), worker: runNameSchema }),
]);
export type FleetTarget = z.output<typeof fleetTargetSchema>;

/** @param text `all`, `SWEEP`, `SWEEP/RUN`, or `worker:NAME` @throws QueueError */
export function parseTarget(text: string): FleetTarget {
  const [first = '', second, ...more] = text.split('/');
  const made =
    text === 'all'
      ? { kind: 'all' }
      : text.startsWith('worker:')
        ? { kind: 'worker', worker: text.slice('worker:'.length) }
        : second === undefined
          ? { kind: 'sweep', sweep: first }
          : { kind: 'run', sweep: first, run: withoutStop([second, ...more].join('/')) };
  const parsed = fleetTargetSchema.safeParse(made);
  if (!parsed.success)
    throw new QueueError(`${JSON.stringify(text)}: expected all, SWEEP, SWEEP/RUN or worker:NAME`);
  return parsed.data;
}

/** The same as text. */
export function describeTarget(target: FleetTarget): string {
  if (target.kind === 'all') return 'all';
  if (target.kind === 'worker') return `worker:${target.worker}`;
  return target.kind === 'sweep' ? target.sweep : `${target.sweep}/${target.run}`;
}

/** Whether a run that a worker has is meant. */
export function isMeant(
  target: FleetTarget,
  { sweep, run }: Pick<RunJob, 'sweep' | 'run'>,
  worker: string,
): boolean {
  if (target.kind === 'all') return true;
  if (target.kind === 'worker') return target.worker === worker;
  return target.sweep === sweep && (target.kind === 'sweep' || target.run === run);
}
