/** What passes between the run and the thread of a sink that is a module. Plain data. */
import type { MessagePort } from 'node:worker_threads';
import type { MetricEvent } from '../metricEvent.ts';
import type { RunInfo, SinkReport } from '../sink.ts';

/** What the thread is started with. */
export interface ModuleSinkData {
  /** `file:` URL of the module. */
  readonly url: string;
  /** As the user wrote it, for messages. */
  readonly path: string;
  /** One 32-bit word: becomes 1 once the module is loaded or known to be unusable. */
  readonly loaded: SharedArrayBuffer;
  readonly port: MessagePort;
}

export type ToModuleSink =
  | { readonly kind: 'attach'; readonly run: RunInfo }
  | { readonly kind: 'events'; readonly events: readonly MetricEvent[] }
  | { readonly kind: 'finish' };

export type FromModuleSink =
  /** First of all: what the module is, or why it is none. */
  | {
      readonly kind: 'loaded';
      readonly name: string;
      readonly flushTimeoutMs?: number;
      readonly queueSize?: number;
    }
  | { readonly kind: 'unusable'; readonly reason: string }
  /** The sink has dealt with what it was given. */
  | { readonly kind: 'ready'; readonly report: SinkReport }
  | { readonly kind: 'finished'; readonly report: SinkReport };
