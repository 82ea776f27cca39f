/** `nerfstream export`: what a run has learned, as files of other programs. */
import { loadConfig } from '../config/loadConfig.ts';
import { UsageError } from './cliErrors.ts';
import type { ExportedRun, ExportOptions } from './exportedRun.ts';
import { configFileOfRun } from './resumeCommand.ts';

/** Writes the files and says in a line what is in them. */
type Exporter = (run: ExportedRun, options: ExportOptions) => Promise<string>;

/** What can be exported, by name; loaded when it is asked for. */
const exporters: Readonly<Record<string, () => Promise<Exporter>>> = {
  splats: async () => (await import('./exportSplats.ts')).exportSplats,
  cameras: async () => (await import('./exportCameras.ts')).exportCameras,
};

/** @returns the exit code */
export async function exportCommand(runDir: string, what: string, options: ExportOptions): Promise<number> {
  const load = Object.hasOwn(exporters, what) ? exporters[what] : undefined;
  if (!load)
    throw new UsageError(`"${what}" cannot be exported; what can: ${Object.keys(exporters).join(', ')}`);
  const exporter = await load();
  const { data } = options;
  const config = await loadConfig(configFileOfRun(runDir), data === undefined ? {} : { data });
  const said = await exporter({ runDir, config }, options);
  process.stdout.write(
    `${said}, in the coordinates of the ${options.frame === 'world' ? 'data set' : 'model'}\n`,
  );
  return 0;
}
