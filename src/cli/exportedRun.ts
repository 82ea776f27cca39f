/** What `nerfstream export` is asked for, and of which run. */
import path from 'node:path';
import { findingsIn } from '../../machines/checkpointFacts.ts';
import { listCheckpoints, readCheckpointHeader } from '../checkpoint/checkpointFiles.ts';
import type { Config } from '../config/schema.ts';
import { parseScene } from '../data/dataparsers/parseScene.ts';
import type { PhotoFindings } from '../data/photoFindings.ts';
import type { Scene } from '../data/scene.ts';
import type { CoordinateFrame } from '../data/similarity.ts';
import { runPaths } from '../runFolder/runPaths.ts';

export interface ExportOptions {
  /** A file, the ending of whose name says the format; for cameras also a folder. */
  readonly out: string;
  readonly frame: CoordinateFrame;
  /** A step, the name of a pin, `best` or `latest`. */
  readonly step: string;
  /** At most so many points of a point cloud, or faces of a mesh. */
  readonly points?: string;
  readonly faces?: string;
  /** Grid points of a mesh along its longest side. */
  readonly resolution?: string;
  /** Minimum x, y, z and maximum x, y, z, separated by commas, of what is exported of surfaces. */
  readonly crop?: string;
  readonly data?: string;
}

/** The run that is exported. */
export interface ExportedRun {
  readonly runDir: string;
  readonly config: Config;
}

/**
 * The data set of the run: poses and image sizes, without the images, of which some are decoded only where no checkpoint says what they show.
 * @throws DataError
 */
export async function sceneOf({ runDir, config }: ExportedRun): Promise<Scene> {
  const warn = (message: string) => void process.stderr.write(`warning: ${message}\n`);
  return parseScene(config.data, { warn }, await findingsOf(runDir));
}

async function findingsOf(runDir: string): Promise<PhotoFindings | undefined> {
  for (const { file } of await listCheckpoints(runPaths(path.resolve(runDir)).checkpoints)) {
    const header = await readCheckpointHeader(file).catch(() => undefined);
    if (header) return findingsIn(header.facts);
  }
  return undefined;
}
