/** What is worth telling of a run: a new best value, and how it ended. */
import type { MetricEvent } from '../metricEvent.ts';
import { isRunEnd, runEndOf } from '../runEnd.ts';
import type { RunInfo } from '../sink.ts';
import { runName } from './runName.ts';

interface NewsBase {
  readonly runId: string;
  /** The run's name. */
  readonly run: string;
  readonly step: number;
  /** ISO 8601. */
  readonly time: string;
}

export type RunNews =
  | (NewsBase & {
      readonly event: 'best';
      readonly metric: string;
      readonly value: number;
      /** The best value before, if there was one. */
      readonly previous?: number;
    })
  | (NewsBase & {
      readonly event: 'finished' | 'failed';
      readonly status: string;
      readonly reason?: string;
      /** The newest means of evaluations, by tag. */
      readonly metrics: Readonly<Record<string, number>>;
    });

export interface RunNewsReader {
  /** @param best the best value of earlier sessions */
  begin(run: RunInfo, best: number | undefined): void;
  /** Takes in one event, in order. @returns what is new, if anything is */
  take(event: MetricEvent): RunNews | undefined;
}

/** @param metric tag of the scalar that decides what is best */
export function createRunNews({
  metric,
  mode,
}: {
  readonly metric: string;
  readonly mode: 'max' | 'min';
}): RunNewsReader {
  const metrics: Record<string, number> = {};
  let run: Pick<NewsBase, 'runId' | 'run'>;
  let best: number | undefined;
  const isBetter = (value: number): boolean =>
    best === undefined ? !Number.isNaN(value) : mode === 'max' ? value > best : value < best;

  return {
    begin(info, earlier) {
      run = { runId: info.runId, run: runName(info) };
      best = earlier;
    },
    take(event) {
      const base = { ...run, step: event.step, time: new Date(event.wallTime * 1000).toISOString() };
      if (isRunEnd(event)) {
        const end = runEndOf(event);
        return { event: end.status === 'failed' ? 'failed' : 'finished', ...base, ...end, metrics };
      }
      if (event.kind !== 'scalar') return undefined;
      if (event.tag.startsWith('eval/')) metrics[event.tag] = event.value;
      if (event.tag !== metric || !isBetter(event.value)) return undefined;
      const previous = best === undefined ? {} : { previous: best };
      best = event.value;
      return { event: 'best', ...base, metric, value: event.value, ...previous };
    },
  };
}
