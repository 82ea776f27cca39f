/** The last event of a run's metric stream: how the run ended. */
import type { MetricEvent, TextEvent } from './metricEvent.ts';

/** Tag of the text event that ends the stream of every run that has started. */
export const runEndTag = 'run/end';

/** How a run can end. */
export const endings = ['completed', 'stopped', 'interrupted', 'failed'] as const;
export type Ending = (typeof endings)[number];

export interface RunEnd {
  readonly status: Ending;
  /** Why it failed, if it did. */
  readonly reason?: string;
}

/** What the event's text says: the status, and after a colon why the run failed. */
export function describeRunEnd({ status, reason }: RunEnd): string {
  return reason === undefined ? status : `${status}: ${reason}`;
}

export interface RunEndEvent extends TextEvent {
  readonly tag: typeof runEndTag;
}

/** Whether an event says how its run ended. */
export function isRunEnd(event: MetricEvent): event is RunEndEvent {
  return event.kind === 'text' && event.tag === runEndTag;
}

/** Reads it back; a stream that ended without one ended by a crash. */
export function runEndOf(event: TextEvent | undefined): RunEnd {
  const [, word, reason] = /^(\w+)(?:: (.*))?$/s.exec(event?.text ?? '') ?? [];
  const status = endings.find((ending) => ending === word);
  if (status === undefined) return { status: 'failed', reason: 'the run ended without a word' };
  return { status, ...(reason !== undefined && { reason }) };
}
