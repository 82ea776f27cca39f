/** What serves people while a run runs: the log file, the sinks of the configuration, the control socket. */
import type { Observable } from 'rxjs';
import type { TrainerCommand } from '../../machines/commands.ts';
import type { TrainerStatus } from '../../machines/trainer.ts';
import { attachSinks } from '../../streams/attachSinks.ts';
import type { MetricBus } from '../../streams/metricBus.ts';
import type { RunInfo, Sink, SinkReport } from '../../streams/sink.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { controlCommands } from './controlCommands.ts';
import { startControlServer } from './controlServer.ts';
import type { RunLog } from './runLog.ts';

/** The connections between the services and the trainer. */
export interface RunConnections {
  readonly log: RunLog;
  readonly bus: MetricBus;
  readonly status$: Observable<TrainerStatus>;
  perform(command: TrainerCommand): Promise<unknown>;
}

export interface RunServices {
  /**
   * Flushes and closes everything, after the streams have completed.
   * @param abandon cuts the sinks off instead, before the streams complete: the folder is another process's now
   * @returns what became of each sink
   */
  close(abandon?: boolean): Promise<readonly SinkReport[]>;
}

/**
 * Opens the log file, attaches the sinks and opens the control socket. A socket that cannot be
 * opened costs control, not the run: it is reported.
 */
export async function startServices(
  run: RunInfo,
  sinks: readonly Sink[],
  { log, bus, status$, perform }: RunConnections,
): Promise<RunServices> {
  const paths = runPaths(run.runDir ?? '');
  log.open(paths.log, run.runId);
  const attached = attachSinks(bus.metrics$, sinks, run, {
    log: log.logger.child({ part: 'sinks' }),
  });
  const control = await startControlServer(paths.folder, controlCommands({ status$, perform })).catch(
    (error: Error) => {
      log.logger.warn(
        { part: 'control', error: error.message },
        `the run cannot be controlled with ctl: ${error.message}`,
      );
      return undefined;
    },
  );
  return {
    async close(abandon = false) {
      const reports = abandon ? attached.abandon() : await attached.done();
      await control?.close();
      return reports;
    },
  };
}
