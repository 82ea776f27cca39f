/** Which runs of a sweep lie in the queue. */
import type { Fleet } from './fleet.ts';
import { describeTarget, type FleetTarget, withoutStop } from './fleetTarget.ts';

export type QueuedState = 'wait' | 'prioritized' | 'active' | 'delayed' | 'completed' | 'failed';

const idsAtOnce = 1_000;

/** Ids of runs that are meant and lie in the queue in one of these states. */
export async function queuedIds(
  { queue }: Fleet,
  target: FleetTarget,
  states: readonly QueuedState[],
): Promise<string[]> {
  if (target.kind === 'worker') return [];
  const found: string[] = [];
  for (let at = 0; ; at += idsAtOnce) {
    const ids = await queue.getRanges([...states], at, at + idsAtOnce - 1);
    found.push(...ids);
    if (ids.length === 0) break;
  }
  const place = describeTarget(target);
  return [...new Set(found)].filter((id) => {
    if (target.kind === 'all') return true;
    return target.kind === 'sweep' ? id.startsWith(`${place}/`) : withoutStop(id) === place;
  });
}
