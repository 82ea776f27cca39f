/** `nerfstream export`: what a run has learned, as files of other programs. */
import { loadConfig } from '../config/loadConfig.ts';
import { UsageError } from './cliErrors.ts';
import type { ExportedRun, ExportOptions } from './exportedRun.ts';
import { configFileOfRun } from './resumeCommand.ts';

interface Exporter {
  /** Options that it takes and others do not. */
  readonly takes: readonly (keyof ExportOptions)[];
  /** What writes the files and says in a line what is in them; loaded when it is asked for. */
  load(): Promise<(run: ExportedRun, options: ExportOptions) => Promise<string>>;
}

const exporters: Readonly<Record<string, Exporter>> = {
  splats: { takes: [], load: async () => (await import('./exportSplats.ts')).exportSplats },
  pointcloud: {
    takes: ['points', 'crop'],
    load: async () => (await import('./exportSurfaces.ts')).exportPointCloud,
  },
  mesh: {
    takes: ['faces', 'resolution', 'crop'],
    load: async () => (await import('./exportSurfaces.ts')).exportMesh,
  },
  cameras: { takes: [], load: async () => (await import('./exportCameras.ts')).exportCameras },
};

const special = ['points', 'faces', 'resolution', 'crop'] as const;

/** @returns the exit code */
export async function exportCommand(runDir: string, what: string, options: ExportOptions): Promise<number> {
  const exporter = Object.hasOwn(exporters, what) ? exporters[what] : undefined;
  if (!exporter)
    throw new UsageError(`"${what}" cannot be exported; what can: ${Object.keys(exporters).join(', ')}`);
  const foreign = special.find((name) => options[name] !== undefined && !exporter.takes.includes(name));
  if (foreign) {
    const whose = Object.keys(exporters).filter((name) => exporters[name]!.takes.includes(foreign));
    throw new UsageError(`--${foreign} is for ${whose.join(' and ')}, not for ${what}; leave it out`);
  }
  const write = await exporter.load();
  const { data } = options;
  const config = await loadConfig(configFileOfRun(runDir), data === undefined ? {} : { data });
  const said = await write({ runDir, config }, options);
  process.stdout.write(
    `${said}, in the coordinates of the ${options.frame === 'world' ? 'data set' : 'model'}\n`,
  );
  return 0;
}
