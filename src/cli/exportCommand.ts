/** `nerfstream export`: what a run has learned, as files of other programs. */
import path from 'node:path';
import { loadCheckpoint } from '../checkpoint/checkpointFiles.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { parseScene } from '../data/dataparsers/parseScene.ts';
import type { CoordinateFrame } from '../data/similarity.ts';
import { RunFolderError } from '../errors.ts';
import { fileSystemReason } from '../fileSystemReason.ts';
import { splatFormats } from '../models/splat/files/splatFormats.ts';
import { type SplatValues, splatGroups } from '../models/splat/splatParameters.ts';
import { placementIn } from '../models/splat/splatPlacement.ts';
import { transformSplats } from '../models/splat/transformSplats.ts';
import { makeFolders } from '../runFolder/makeFolders.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import { UsageError } from './cliErrors.ts';
import { findCheckpoint } from './findCheckpoint.ts';
import { configFileOfRun } from './resumeCommand.ts';
import { shownPath } from './shownPath.ts';

export interface ExportOptions {
  /** The ending of its name says the format. */
  readonly out: string;
  readonly frame: CoordinateFrame;
  /** A step, the name of a pin, or `latest`. */
  readonly step: string;
  readonly data?: string;
}

/** @returns the exit code */
export async function exportCommand(runDir: string, what: string, options: ExportOptions): Promise<number> {
  if (what !== 'splats') throw new UsageError(`"${what}" cannot be exported; what can: splats`);
  const format = splatFormats[path.extname(options.out).toLowerCase()];
  if (!format)
    throw new UsageError(
      `--out ${options.out}: splats are written as ${Object.keys(splatFormats).join(', ')}; choose a name that ends so`,
    );
  const { data } = options;
  const config = await loadConfig(configFileOfRun(runDir), data === undefined ? {} : { data });
  if (!('kind' in config.model) || config.model.kind !== 'splat')
    throw new UsageError(`${runDir}: its model has no splats; train one with nerfstream train splat`);
  const { file, step } = await findCheckpoint(runPaths(path.resolve(runDir)).checkpoints, options.step);
  const { tensors } = await loadCheckpoint(file);
  const scene = await parseScene(config.data, {
    warn: (message) => process.stderr.write(`${message}\n`),
  });
  const splats = transformSplats(splatsOf(tensors), placementIn(options.frame, scene));
  const bytes = await format.encode(splats, options.out);
  await write(options.out, bytes);
  const size = `${(bytes.length / 1e6).toFixed(1)} MB; ${format.keeps}`;
  process.stdout.write(
    `${splats.opacities.length} splats of step ${step} in ${shownPath(options.out)} (${size}), in the coordinates of the ${options.frame === 'world' ? 'data set' : 'model'}\n`,
  );
  return 0;
}

/** As a whole or not at all; missing folders are created. @throws RunFolderError */
async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolders(path.dirname(path.resolve(file)));
    await writeFileAtomically(file, bytes);
  } catch (cause) {
    throw new RunFolderError(`${file} cannot be written: ${fileSystemReason(cause)}.`, file, { cause });
  }
}

function splatsOf(tensors: NamedArrays): SplatValues {
  const values = splatGroups.map((group) => {
    const data = tensors[`parameters/${group}/${group}`]?.data ?? new Float32Array();
    return [group, data as Float32Array] as const;
  });
  return Object.fromEntries(values) as SplatValues;
}
