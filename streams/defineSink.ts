/** The kit for writing sinks: say what to do with a batch of events; queue, batches and retries are the run's. */
import type { SinkDefinition } from './sink.ts';

/**
 * A sink with a bounded queue, batches, retries with growing pauses, and an account of lost events.
 *
 * @example
 * export const sink = defineSink({
 *   name: 'lines',
 *   write: (events) => appendFile('loss.txt', events.filter(isScalar('train/loss')).map((e) => `${e.value}\n`).join('')),
 * });
 */
export function defineSink(definition: SinkDefinition): SinkDefinition {
  return definition;
}
