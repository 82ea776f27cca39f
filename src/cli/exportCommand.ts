/** `nerfstream export`: what a run has learned, as files of other programs. */
import { loadConfig } from '../config/loadConfig.ts';
import { UsageError } from './cliErrors.ts';
import type { ExportedRun, ExportOptions } from './exportedRun.ts';
import { configFileOfRun } from './resumeCommand.ts';

interface Exporter {
  /** Options that it takes and others do not. */
  readonly takes: readonly (keyof ExportOptions)[];
  /** Whether what it writes lies somewhere: has coordinates. */
  readonly isPlaced: boolean;
  /** What writes the files and says in a line what is in them; loaded when it is asked for. */
  load(): Promise<(run: ExportedRun, options: ExportOptions) => Promise<string>>;
}

const exporters: Readonly<Record<string, Exporter>> = {
  splats: { takes: [], isPlaced: true, load: async () => (await import('./exportSplats.ts')).exportSplats },
  pointcloud: {
    takes: ['points', 'crop'],
    isPlaced: true,
    load: async () => (await import('./exportSurfaces.ts')).exportPointCloud,
  },
  mesh: {
    takes: ['faces', 'resolution', 'crop'],
    isPlaced: true,
    load: async () => (await import('./exportSurfaces.ts')).exportMesh,
  },
  cameras: {
    takes: [],
    isPlaced: true,
    load: async () => (await import('./exportCameras.ts')).exportCameras,
  },
  weights: {
    takes: [],
    isPlaced: false,
    load: async () => (await import('./exportWeights.ts')).exportWeights,
  },
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
  const coordinates = options.frame === 'world' ? 'data set' : 'model';
  process.stdout.write(
    exporter.isPlaced ? `${said}, in the coordinates of the ${coordinates}\n` : `${said}\n`,
  );
  return 0;
}
