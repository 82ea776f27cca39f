/** What a sink remembers from one session of a run to the next: a small file `sinks/<name>.json` of the run folder. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { writeFileAtomically } from '../../src/runFolder/writeFileAtomically.ts';
import type { RunInfo } from '../sink.ts';

export interface SinkMemory<T> {
  /** `undefined` for a new run, a run in memory, and for what is not (or no longer) readable. */
  recall(run: RunInfo): Promise<T | undefined>;
  /** Does nothing for a run in memory. */
  remember(run: RunInfo, value: T): Promise<void>;
}

/** @param schema what is read must be; anything else counts as forgotten */
export function createSinkMemory<T>(name: string, schema: z.ZodType<T>): SinkMemory<T> {
  const fileOf = ({ runDir }: RunInfo): string | undefined =>
    runDir === undefined ? undefined : join(runDir, 'sinks', `${name}.json`);
  return {
    async recall(run) {
      const file = fileOf(run);
      const text = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
      if (text === undefined) return undefined;
      try {
        return schema.parse(JSON.parse(text));
      } catch {
        return undefined;
      }
    },
    async remember(run, value) {
      const file = fileOf(run);
      if (file === undefined) return;
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomically(file, `${JSON.stringify(value)}\n`);
    },
  };
}
