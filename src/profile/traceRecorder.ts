/**
 * Records a run as a Chrome trace, which chrome://tracing, Perfetto (ui.perfetto.dev) and Speedscope open. The format is the
 * Trace Event Format's JSON object form: complete events (`X`), counters (`C`) and names (`M`), times in microseconds.
 */
import { createBoundedLog } from './boundedLog.ts';

/** What a row of the picture shows. */
export type TraceTrack = 'trainer' | 'checkpoint writer';

export interface TraceRecorder {
  /** Something that took time, in milliseconds of one clock. On a track, spans lie side by side or within each other. */
  span(track: TraceTrack, name: string, beganMs: number, endedMs: number, args?: object): void;
  /** Numbers that change over time; a counter with several is drawn as a stack. What is not finite is left out. */
  counter(name: string, atMs: number, values: Readonly<Record<string, number>>): void;
  /** The trace so far. */
  toJson(): string;
}

export interface TraceRecorderOptions {
  /** The time that becomes 0. */
  readonly beganMs: number;
  /** Facts for `otherData`. */
  readonly facts?: Readonly<Record<string, string>>;
  /** How many of the first events stay, and of the newest. @defaultValue 4,000 and 16,000: about 3 MB */
  readonly firstEvents?: number;
  readonly newestEvents?: number;
}

interface TraceEvent {
  readonly ph: 'X' | 'C';
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly args?: object;
}

const pid = 1;
const threadIds: Readonly<Record<TraceTrack, number>> = { trainer: 1, 'checkpoint writer': 2 };

/** @example const trace = createTraceRecorder({ beganMs: 0 }); trace.span('trainer', 'forward', 3, 5.5); */
export function createTraceRecorder(options: TraceRecorderOptions): TraceRecorder {
  const { beganMs: origin, facts = {}, firstEvents = 4_000, newestEvents = 16_000 } = options;
  const events = createBoundedLog<TraceEvent>(firstEvents, newestEvents);
  const microseconds = (milliseconds: number) => Math.round(milliseconds * 1e6) / 1e3;
  const common = { cat: 'nerfstream', pid };
  return {
    span(track, name, beganMs, endedMs, args) {
      const ts = microseconds(beganMs - origin);
      const dur = Math.max(0, microseconds(endedMs - beganMs));
      events.push({ ph: 'X', name, ...common, tid: threadIds[track], ts, dur, ...(args && { args }) });
    },
    counter(name, atMs, values) {
      const args = Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
      const ts = microseconds(atMs - origin);
      if (Object.keys(args).length > 0)
        events.push({ ph: 'C', name, ...common, tid: threadIds.trainer, ts, args });
    },
    toJson() {
      // A span is recorded when it ends, that is after those within it; viewers want parents first.
      const sorted = events.values().sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
      const lines = [...names(), ...sorted].map((event) => JSON.stringify(event));
      const otherData = { ...facts, omittedEvents: String(events.omitted) };
      const head = `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[`;
      return `${head}\n${lines.join(',\n')}\n]}\n`;
    },
  };
}

/** What viewers call the process and its rows. */
function names(): object[] {
  const threads = Object.entries(threadIds).map(([name, tid]) => ({
    ph: 'M',
    name: 'thread_name',
    pid,
    tid,
    args: { name },
  }));
  return [{ ph: 'M', name: 'process_name', pid, args: { name: 'nerfstream' } }, ...threads];
}
