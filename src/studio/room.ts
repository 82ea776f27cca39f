/** All open pages of one run: what the run says goes to all of them, what they ask goes to the run. Nothing happens while there is none. */

import { commandNames } from '../../machines/commands.ts';
import type { RunStatus } from '../../machines/runStatus.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import { isRollback } from '../../streams/rollback.ts';
import { parseRequest } from '../cli/controlProtocol.ts';
import { sinkTroubles } from '../cli/describeRun.ts';
import { busyTime } from './busyTime.ts';
import { evaluationPictures } from './evaluationPictures.ts';
import {
  api,
  type HelloMessage,
  type LogLine,
  protocolVersion,
  type RenderJob,
  type ScalarRow,
  type ServerMessage,
  type StatusMessage,
} from './protocol.ts';
import { createRateMeter, type RateMeter } from './rateMeter.ts';
import type { StudioRun } from './studioRun.ts';
import { createVisitor, type Visitor } from './visitor.ts';
import type { WebSocket } from './webLibraries.ts';

export interface Room {
  readonly run: StudioRun;
  enter(socket: WebSocket): void;
  /** A picture of an evaluation that is not in the run folder, as PNG. */
  evaluationPicture(file: string): Promise<Buffer> | undefined;
  tellRenders(jobs: readonly RenderJob[]): void;
  /** Ends all connections. */
  close(): void;
}

/** How often pages hear of the run's state and its new scalars. */
const newsEveryMs = 250;
/** Scalars and log lines that a new page is sent: those that may not lie in a file yet, and more. */
const keptRows = 2_000;
const keptLines = 500;
/** Pages of one run; more are sent away. */
const maxVisitors = 100;

/** What a room remembers. */
interface RoomState {
  readonly visitors: Map<number, Visitor>;
  readonly rows: ScalarRow[];
  readonly lines: LogLine[];
  newRows: ScalarRow[];
  count: number;
  share: number;
  status: RunStatus | undefined;
  ended: Extract<ServerMessage, { type: 'ended' }> | undefined;
  timer: NodeJS.Timeout | undefined;
  asking: boolean;
}

/** @param readOnly nobody may change anything */
export function createRoom(run: StudioRun, readOnly: boolean): Room {
  const state: RoomState = {
    ...{ visitors: new Map(), rows: [], lines: [], newRows: [], count: 0, share: 0.5 },
    ...{ status: undefined, ended: undefined, timer: undefined, asking: false },
  };
  const meter = createRateMeter();
  const pictures = evaluationPictures();
  const encoding = busyTime((milliseconds) => run.viewer.spent(milliseconds));
  const tellAll = (message: ServerMessage): void => {
    if (state.visitors.size === 0) return;
    const text = JSON.stringify(message);
    for (const visitor of state.visitors.values()) visitor.sendText(text);
  };
  const tellStatus = (): void => {
    if (state.status) tellAll(statusMessage(run, state, state.status, meter));
  };
  const ask = async (): Promise<void> => {
    if (state.asking) return;
    state.asking = true;
    state.status = await run.status().finally(() => {
      state.asking = false;
    });
    meter.step(state.status.step);
    tellStatus();
  };
  /** The clock of a room runs while somebody is in it. */
  const tick = (): void => {
    if (state.newRows.length > 0) tellAll({ type: 'scalars', rows: state.newRows.splice(0) });
    void ask();
  };
  const takeEvent = (event: MetricEvent): void => {
    if (event.kind === 'scalar') keepRow(state, rowOf(event));
    else if (event.kind === 'image') {
      const url = api.picture(run.name, pictures.take(event));
      tellAll({ type: 'evaluated', tag: event.tag, step: event.step, url });
    } else if (isRollback(event)) tellAll({ type: 'forget', step: event.step });
  };
  const subscription = run.news$.subscribe((news) => {
    if (news.type === 'changed') tellAll(helloMessage(run, readOnly));
    else if (news.type === 'metrics') for (const event of news.events) takeEvent(event);
    else if (news.type === 'log') {
      keep(state.lines, news.line, keptLines);
      tellAll({ type: 'log', lines: [news.line] });
    } else if (news.type === 'picture') {
      if ('image' in news.picture) meter.picture(news.picture.stoodStillMs);
      void state.visitors.get(news.picture.visitor)?.show(news.picture);
    } else {
      state.ended = news;
      tick();
      tellAll(news);
    }
  });

  const leave = (number: number): void => {
    state.visitors.delete(number);
    run.viewer.leave(number);
    if (state.visitors.size > 0) return;
    clearInterval(state.timer);
    state.timer = undefined;
    state.newRows = [];
  };

  return {
    run,
    enter(socket) {
      if (state.visitors.size >= maxVisitors) return socket.close(1013, 'too many visitors');
      const number = ++state.count;
      const visitor = createVisitor(socket, number, {
        look: (view) => run.viewer.look(number, view),
        seen: () => run.viewer.seen(number),
        encoding,
        setShare(value) {
          if (readOnly) return visitor.send({ type: 'refused', error: 'the studio is read-only' });
          state.share = value;
          run.viewer.setShare(value);
          tellStatus();
        },
        request: (id, request) =>
          void answer(run, readOnly, request).then((response) => {
            visitor.send({ type: 'response', id, ...response });
            void ask();
          }),
        gone: () => leave(number),
      });
      state.visitors.set(number, visitor);
      visitor.send(helloMessage(run, readOnly));
      visitor.send({ type: 'log', lines: state.lines });
      visitor.send({ type: 'scalars', rows: state.rows });
      if (state.ended) visitor.send(state.ended);
      state.timer ??= setInterval(tick, newsEveryMs);
      void ask();
    },
    evaluationPicture: (file) => pictures.read(file),
    tellRenders: (jobs) => tellAll({ type: 'renders', jobs }),
    close() {
      subscription.unsubscribe();
      clearInterval(state.timer);
      for (const visitor of state.visitors.values()) visitor.end(1001, 'the studio ends');
    },
  };
}

type Answer =
  | { readonly ok: true; readonly answer?: unknown }
  | { readonly ok: false; readonly error: string };

async function answer(run: StudioRun, readOnly: boolean, request: unknown): Promise<Answer> {
  try {
    if (readOnly) return { ok: false, error: 'the studio is read-only' };
    if (!run.handle) return { ok: false, error: 'nobody trains this run; nerfstream resume goes on with it' };
    const command = parseRequest(JSON.stringify(request));
    if (command.type === 'trainer.render')
      return { ok: false, error: 'render: pictures come by looking, files by render jobs' };
    const response = await run.handle(command, new AbortController().signal);
    return response.ok ? { ok: true } : response;
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function helloMessage({ name, mode, config, shown, handle }: StudioRun, readOnly: boolean): HelloMessage {
  return {
    type: 'hello',
    version: protocolVersion,
    run: { name, mode, method: config.method, model: String(config.model.kind ?? '') },
    readOnly: readOnly || !handle,
    commands: readOnly || !handle ? [] : commandNames.filter((command) => command !== 'render'),
    groups: Object.keys(config.groups),
    outputs: shown?.outputs ?? [],
    ...(shown && { scene: shown.scene }),
    config,
  };
}

function statusMessage(run: StudioRun, state: RoomState, status: RunStatus, meter: RateMeter): StatusMessage {
  const { stepsPerSecond, measuredShare, picturesPerSecond } = meter.read();
  const { checkpoint, ...told } = status;
  return {
    type: 'status',
    ...told,
    ...(checkpoint !== undefined && { checkpoint }),
    stepsPerSecond,
    viewing: { share: state.share, measuredShare, picturesPerSecond },
    visitors: state.visitors.size,
    ...(run.saved && {
      saved: { step: run.saved.step, ageSeconds: Math.max(0, (Date.now() - run.saved.savedAt) / 1000) },
    }),
    sinkTroubles: sinkTroubles(run.sinkReports?.() ?? []),
  };
}

function rowOf({ tag, step, wallTime, value }: Extract<MetricEvent, { kind: 'scalar' }>): ScalarRow {
  return [tag, step, wallTime, Number.isFinite(value) ? value : String(value)];
}

/** Sent with the next batch, if there is anybody. */
function keepRow(state: RoomState, row: ScalarRow): void {
  keep(state.rows, row, keptRows);
  if (state.visitors.size > 0) state.newRows.push(row);
}

function keep<T>(list: T[], value: T, most: number): void {
  list.push(value);
  // In one go now and then: a shift for each would move them all.
  if (list.length >= 2 * most) list.splice(0, list.length - most);
}
