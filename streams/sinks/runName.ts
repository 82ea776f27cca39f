/** What people call a run. */
import { basename } from 'node:path';
import type { RunInfo } from '../sink.ts';

/** The name of its folder; for a run in memory its method and the beginning of its id. */
export function runName({ runDir, runId, config }: RunInfo): string {
  if (runDir !== undefined) return basename(runDir);
  const { method = 'run' } = (config ?? {}) as { method?: string };
  return `${method}-${runId.slice(0, 8)}`;
}
