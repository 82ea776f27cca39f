/** How a run ended, as `summary.json` says it. */
import type { Config } from '../src/config/schema.ts';
import type { Ending } from '../streams/runEnd.ts';
import type { PreparedRun } from './preparedRun.ts';
import type { RunSummary } from './trainer.ts';

export interface RunEnd {
  readonly ending: Ending;
  readonly step: number;
  readonly wallSeconds: number;
  readonly trainSeconds: number;
  readonly checkpointFile: string | undefined;
  readonly error: unknown;
}

/** The summary, but for what became of the sinks. The evaluation counts only if it is that of the last step. */
export function summarizeRun(
  { engine: engineName }: Config,
  prepared: PreparedRun | undefined,
  { ending, step, wallSeconds, trainSeconds, checkpointFile, error }: RunEnd,
): Omit<RunSummary, 'sinks'> {
  const engine = prepared?.parts.engine;
  const evaluated = prepared?.evaluation.latest;
  return {
    ...prepared?.parts.pipeline.summary?.(),
    status: ending,
    steps: step,
    wallSeconds,
    trainSeconds,
    engine:
      engine?.name ?? (typeof engineName === 'string' ? engineName : (engineName.kind ?? engineName.module)),
    threads: engine?.threads ?? 0,
    ...(evaluated?.step === step && { eval: evaluated.summary }),
    ...(checkpointFile !== undefined && { checkpoint: checkpointFile }),
    ...(ending === 'failed' && { error: error instanceof Error ? error.message : String(error) }),
  };
}
