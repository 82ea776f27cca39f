/** The run folder, for sinks that cannot do without one. */
import { SinkError } from '../../src/errors.ts';
import type { RunInfo } from '../sink.ts';

/** @throws SinkError for a run in memory */
export function runFolderOf(run: RunInfo, sink: string): string {
  if (run.runDir === undefined)
    throw new SinkError(`The sink "${sink}" needs a run folder; this run has none.`, sink);
  return run.runDir;
}
