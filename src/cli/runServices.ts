/** What serves people while a run runs: the log file, the sinks of the configuration, the control socket. */
import type { Observable } from 'rxjs';
import { attachSinks } from '../../streams/attachSinks.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { RunInfo, Sink, SinkReport } from '../../streams/sink.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { type ControlHandler, startControlServer } from './controlServer.ts';
import type { RunLog } from './runLog.ts';

/** The connections between the services and the trainer. */
export interface RunConnections {
  readonly log: RunLog;
  readonly metrics$: Observable<MetricEvent>;
  readonly handle: ControlHandler;
}

export interface RunServices {
  /** What became of each sink so far. */
  sinkReports(): readonly SinkReport[];
  /**
   * Flushes and closes everything: no metric follows.
   * @param abandon cuts the sinks off instead, without a flush: the folder is another process's now
   * @returns what became of each sink
   */
  close(abandon?: boolean): Promise<readonly SinkReport[]>;
}

/**
 * Opens the log file, attaches the sinks (both before it returns) and opens the control socket. A socket that cannot be
 * opened costs control, not the run: it is reported.
 */
export async function startServices(
  run: RunInfo,
  sinks: readonly Sink[],
  { log, metrics$, handle }: RunConnections,
): Promise<RunServices> {
  const paths = runPaths(run.runDir ?? '');
  log.open(paths.log, run.runId);
  const attached = attachSinks(metrics$, sinks, run, {
    log: log.logger.child({ part: 'sinks' }),
  });
  const control = await startControlServer(paths.folder, handle).catch((error: Error) => {
    log.logger.warn(
      { part: 'control', error: error.message },
      `the run cannot be controlled with ctl: ${error.message}`,
    );
    return undefined;
  });
  return {
    sinkReports: () => attached.reports(),
    async close(abandon = false) {
      const reports = abandon ? attached.abandon() : await attached.done();
      await control?.close();
      return reports;
    },
  };
}
