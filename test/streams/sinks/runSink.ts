/** Runs a sink over events, in a temporary run folder, the way a run does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { of } from 'rxjs';
import { onTestFinished } from 'vitest';
import { attachSinks } from '../../../streams/attachSinks.ts';
import type { MetricEvent, ScalarEvent } from '../../../streams/metricEvent.ts';
import type { RunInfo, Sink, SinkReport } from '../../../streams/sink.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nerfstream-sink-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function runSink(
  sink: Sink,
  events: readonly MetricEvent[],
  run: Partial<RunInfo> = {},
): Promise<SinkReport> {
  const info = { runId: 'test', config: {}, fromStep: 0, ...run };
  const { done } = attachSinks(of(...events), [sink], info, { log: { warn: () => undefined } });
  return (await done())[0]!;
}

export function scalar(tag: string, step: number, value: number): ScalarEvent {
  return { kind: 'scalar', tag, step, wallTime: 1_790_000_000 + step / 8, value };
}
