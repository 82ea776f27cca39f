/** What a run says in its metric stream when it goes back to a checkpoint and makes steps again. */
import type { MetricEvent, TextEvent } from './metricEvent.ts';

/** Tag of the text event that says so, and why. */
export const rollbackTag = 'train/rollback';

export interface RollbackEvent extends TextEvent {
  readonly tag: typeof rollbackTag;
}

/** Whether the run went back to `event.step`: what was said before of later steps is void. */
export function isRollback(event: MetricEvent): event is RollbackEvent {
  return event.kind === 'text' && event.tag === rollbackTag;
}
