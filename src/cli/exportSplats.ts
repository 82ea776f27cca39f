/** `nerfstream export RUN_DIR splats`. */
import path from 'node:path';
import { withAveragedParameters } from '../../machines/runTensors.ts';
import { loadCheckpoint } from '../checkpoint/checkpointFiles.ts';
import { checkExport, writeCoordinates, writeExport } from '../export/writeExport.ts';
import { splatFormats } from '../models/splat/files/splatFormats.ts';
import { splatGroups } from '../models/splat/splatGroups.ts';
import type { SplatValues } from '../models/splat/splatParameters.ts';
import { placementIn } from '../models/splat/splatPlacement.ts';
import { transformSplats } from '../models/splat/transformSplats.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import { UsageError } from './cliErrors.ts';
import { type ExportedRun, type ExportOptions, sceneOf } from './exportedRun.ts';
import { findCheckpointOf } from './findCheckpoint.ts';
import { shownPath } from './shownPath.ts';

/** @returns what was written, in a line */
export async function exportSplats(
  run: ExportedRun,
  { out, frame, step: which }: ExportOptions,
): Promise<string> {
  const format = splatFormats[path.extname(out).toLowerCase()];
  if (!format)
    throw new UsageError(
      `--out ${out}: splats are written as ${Object.keys(splatFormats).join(', ')}; choose a name that ends so`,
    );
  const { model } = run.config;
  if (!('kind' in model) || model.kind !== 'splat')
    throw new UsageError(`${run.runDir}: its model has no splats; train one with nerfstream train splat`);
  await checkExport(out);
  const { file, step } = await findCheckpointOf(run, which);
  const { tensors } = await loadCheckpoint(file);
  const scene = await sceneOf(run);
  const splats = transformSplats(splatsOf(withAveragedParameters(tensors)), placementIn(frame, scene));
  const bytes = await format.encode(splats, out);
  await writeExport(out, bytes);
  await writeCoordinates(`${out}.frame.json`, frame, scene.worldToModel);
  const size = `${(bytes.length / 1e6).toFixed(1)} MB; ${format.keeps}`;
  return `${splats.opacities.length} splats of step ${step} in ${shownPath(out)} (${size})`;
}

function splatsOf(tensors: NamedArrays): SplatValues {
  const values = splatGroups.map((group) => {
    const data = tensors[`parameters/${group}/${group}`]?.data ?? new Float32Array();
    return [group, data as Float32Array] as const;
  });
  return Object.fromEntries(values) as SplatValues;
}
