/** How far a run of a sweep is while it lasts. */
import type { RunStatus } from '../../machines/runStatus.ts';

/** How far a run is, and what it does, where that is known: a state of the trainer, or what a worker does before and after it. */
export interface RunProgress extends Pick<RunStatus, 'step' | 'maxSteps'> {
  readonly state?: string;
}

/** Whether a run does not train yet: which step it goes on from is not known then. */
export function isBeginning(state: string | undefined): boolean {
  return state === 'fetching' || state === 'preparing';
}
