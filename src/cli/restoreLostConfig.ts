/** A run whose `config.yaml` somebody removed: every checkpoint has the configuration in its header. */
import { existsSync } from 'node:fs';
import { listCheckpoints, readCheckpointHeader } from '../checkpoint/checkpointFiles.ts';
import type { Config } from '../config/schema.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { writeConfig } from '../runFolder/writeConfig.ts';

/**
 * Writes the file again, from the newest checkpoint whose header is whole; does nothing where it exists, or where there is
 * no such checkpoint. The content is checked by whoever reads the file, as always.
 */
export async function restoreLostConfig(runDir: string): Promise<void> {
  const paths = runPaths(runDir);
  if (existsSync(paths.config)) return;
  for (const { file } of await listCheckpoints(paths.checkpoints)) {
    const header = await readCheckpointHeader(file).catch(() => undefined);
    if (header === undefined) continue;
    await writeConfig(paths.folder, header.config as Config);
    process.stderr.write(
      `config.yaml was missing and is restored from the checkpoint of step ${header.step}\n`,
    );
    return;
  }
}
