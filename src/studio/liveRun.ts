/** The run that this process trains, as the studio shows it. */
import path from 'node:path';
import { Subject } from 'rxjs';
import type { RunStatus } from '../../machines/runStatus.ts';
import type { ViewedPicture, Viewer } from '../../machines/viewDesk.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { SinkReport } from '../../streams/sink.ts';
import type { ControlHandler } from '../cli/controlServer.ts';
import type { Config } from '../config/schema.ts';
import { CommandError } from '../errors.ts';
import type { RenderedImage } from '../pipeline/pipeline.ts';
import type { LogLine } from './protocol.ts';
import type { RunNews, ShownScene, StudioRun } from './studioRun.ts';

/** How the trainer is reached, once it is there. */
export interface LiveTrainer extends Viewer {
  readonly handle: ControlHandler;
  readonly sinkReports: () => readonly SinkReport[];
}

export interface LiveRun {
  readonly run: StudioRun;
  /** The trainer is there. */
  connect(trainer: LiveTrainer): void;
  show(shown: ShownScene): void;
  metrics(events: readonly MetricEvent[]): void;
  log(level: LogLine['level'], message: string): void;
  picture(picture: ViewedPicture): void;
  ended(status: string, error?: string): void;
}

/** @param runDir absolute path */
export function createLiveRun(runDir: string, config: Config): LiveRun {
  const news$ = new Subject<RunNews>();
  let trainer: LiveTrainer | undefined;
  let shown: ShownScene | undefined;
  let last: RunStatus | undefined;
  const ask: ControlHandler = async (request, connection) => {
    if (!trainer) throw new CommandError('the run is being prepared; try again when it has begun');
    const response = await trainer.handle(request, connection);
    if (response.ok) last = response.status;
    return response;
  };
  const run: StudioRun = {
    name: path.basename(runDir),
    mode: 'live',
    runDir,
    config,
    get shown() {
      return shown;
    },
    news$,
    viewer: {
      look: (visitor, view) => trainer?.look(visitor, view),
      leave: (visitor) => trainer?.leave(visitor),
      seen: (visitor) => trainer?.seen(visitor),
      spent: (milliseconds) => trainer?.spent(milliseconds),
      setShare: (share) => trainer?.setShare(share),
    },
    handle: ask,
    sinkReports: () => trainer?.sinkReports() ?? [],
    async status() {
      if (trainer && !news$.closed)
        await ask({ type: 'status' }, new AbortController().signal).catch(() => undefined);
      return last ?? notBegun(config);
    },
    async render(request, signal) {
      const response = await ask({ type: 'trainer.render', ...request }, signal);
      if (!response.ok) throw new CommandError(response.error);
      return response.answer as RenderedImage & { readonly step: number };
    },
  };
  return {
    run,
    connect(connected) {
      trainer = connected;
    },
    show(scene) {
      shown = scene;
      news$.next({ type: 'changed' });
    },
    metrics: (events) => news$.next({ type: 'metrics', events }),
    log: (level, message) => news$.next({ type: 'log', line: { time: Date.now(), level, message } }),
    picture: (picture) => news$.next({ type: 'picture', picture }),
    ended(status, error) {
      if (last) last = { ...last, state: stateAtEnd(status) };
      news$.next({ type: 'ended', status, ...(error !== undefined && { error }) });
      news$.complete();
    },
  };
}

function notBegun({ trainer: { maxSteps } }: Config): RunStatus {
  return { state: 'preparing', step: 0, maxSteps, trainSeconds: 0, metrics: {}, learningRates: {} };
}

function stateAtEnd(status: string): RunStatus['state'] {
  return status === 'completed' || status === 'failed' ? status : 'stopped';
}
