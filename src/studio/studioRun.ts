/** A run as the studio shows it, whoever computes: a trainer in this process or another, or a thread that looks at what was saved. */
import type { Observable } from 'rxjs';
import type { RunStatus } from '../../machines/runStatus.ts';
import type { ViewedPicture, Viewer } from '../../machines/viewDesk.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { SinkReport } from '../../streams/sink.ts';
import type { ControlHandler } from '../cli/controlServer.ts';
import type { Config } from '../config/schema.ts';
import type { RenderedImage, RenderRequest } from '../pipeline/pipeline.ts';
import type { LogLine, RunMode, StudioScene } from './protocol.ts';

/** What a run says by itself. */
export type RunNews =
  /** Its scene is known now, or another checkpoint is shown, or a trainer came or went. */
  | { readonly type: 'changed' }
  | { readonly type: 'metrics'; readonly events: readonly MetricEvent[] }
  | { readonly type: 'log'; readonly line: LogLine }
  | { readonly type: 'picture'; readonly picture: ViewedPicture }
  | { readonly type: 'ended'; readonly status: string; readonly error?: string };

/** What there is to see of a run, once that is known. */
export interface ShownScene {
  readonly scene: StudioScene;
  readonly outputs: readonly string[];
}

/** A checkpoint that is shown. */
export interface OpenedCheckpoint {
  readonly step: number;
  /** Absolute path. */
  readonly file: string;
  /** Milliseconds since the Unix epoch. */
  readonly savedAt: number;
  readonly shown: ShownScene;
}

export interface StudioRun {
  /** Name of its folder. */
  readonly name: string;
  readonly mode: RunMode;
  /** Absolute path; may not exist yet. */
  readonly runDir: string;
  readonly config: Config;
  readonly shown: ShownScene | undefined;
  /** The checkpoint that is shown, where it is one. */
  readonly saved?: OpenedCheckpoint | undefined;
  /** Completes when nothing more comes. */
  readonly news$: Observable<RunNews>;
  readonly viewer: Viewer;
  /** Carries out commands; absent where nobody can. */
  readonly handle?: ControlHandler | undefined;
  status(): Promise<RunStatus>;
  /** How the metric sinks of this process are. */
  readonly sinkReports?: () => readonly SinkReport[];
  /** A whole picture, for a camera path. Rejects where it cannot be had. */
  render(request: RenderRequest, signal: AbortSignal): Promise<RenderedImage & { readonly step: number }>;
}
