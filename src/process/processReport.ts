/** What came out of it: `report.json`, a picture of the cameras from above, and the same in words. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { readColmapModel } from '../data/dataparsers/colmap/openColmap.ts';
import { writeFileAtomically } from '../runFolder/writeFileAtomically.ts';
import type { Colmap } from './colmapTask.ts';
import { drawCameraMap } from './drawCameraMap.ts';
import { countModels } from './placedModels.ts';
import type { ProcessPaths, ProcessState } from './processFolder.ts';

/** `report.json`. */
export interface ProcessReport {
  readonly photos: number;
  readonly placed: number;
  /** Names of the photos that have no pose. */
  readonly notPlaced: readonly string[];
  readonly points: number;
  /** Mean over the points of how far they lie from where photos see them, pixels. */
  readonly reprojectionErrorPixels: number;
  /** Groups of photos that could not be connected with each other; the report is of the largest, `sparse/0`. */
  readonly models: number;
  readonly cameras: readonly {
    readonly model: string;
    readonly width: number;
    readonly height: number;
    readonly parameters: readonly number[];
    readonly photos: number;
  }[];
  /** Program and version that placed them. */
  readonly placedBy: string;
  /** What usually helps, where photos were not placed. */
  readonly advice: readonly string[];
}

/** Writes report and picture of the largest model. @throws DataError for a model that cannot be read */
export async function writeReport(
  paths: ProcessPaths,
  { photos, settings }: ProcessState,
  colmap: Pick<Colmap, 'kind' | 'version'>,
): Promise<ProcessReport> {
  const folder = path.join(paths.sparse, '0');
  const model = await readColmapModel({ folder, ending: 'bin' });
  const placed = new Set(model.images.map(({ name }) => name));
  const notPlaced = photos.map(({ name }) => name).filter((name) => !placed.has(name));
  const models = await countModels(paths.sparse);
  const report: ProcessReport = {
    photos: photos.length,
    placed: placed.size,
    notPlaced,
    points: model.points.colors.length / 3,
    reprojectionErrorPixels: meanError(await readFile(path.join(folder, 'points3D.bin'))),
    models,
    cameras: [...model.cameras].map(([id, camera]) => ({
      ...camera,
      photos: model.images.filter(({ cameraId }) => cameraId === id).length,
    })),
    placedBy: `${colmap.kind} ${colmap.version}`,
    advice:
      notPlaced.length === 0
        ? []
        : adviceFor(models, settings.matching !== 'exhaustive' && photos.length > 200),
  };
  await sharp(Buffer.from(drawCameraMap(model)))
    .png()
    .toFile(paths.map);
  await writeFileAtomically(paths.report, `${JSON.stringify(report, undefined, 1)}\n`);
  return report;
}

/** Lines for people, each ended. @param folder as it is to be shown */
export function describeReport(report: ProcessReport, folder: string): string {
  const { photos, placed, notPlaced, points, reprojectionErrorPixels, models, advice } = report;
  const shown = notPlaced.slice(0, 8).join(', ') + (notPlaced.length > 8 ? ', ...' : '');
  const lines = [
    `${placed} of ${photos} photos placed, ${points} points, ${reprojectionErrorPixels.toFixed(2)} pixels off on average`,
    ...(models > 1
      ? [`the photos fell into ${models} groups that share too little; this is the largest`]
      : []),
    ...(notPlaced.length > 0 ? [`not placed: ${shown}`, 'what usually helps:'] : []),
    ...advice.map((line) => `  ${line}`),
    `the cameras from above: ${path.join(folder, 'cameras.png')}; figures: ${path.join(folder, 'report.json')}`,
    `train on it: nerfstream train splat --data ${folder}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function adviceFor(models: number, couldCompareAll: boolean): string[] {
  return [
    'more photos between those that were placed and those that were not: neighbours should share two thirds of what they show',
    'sharp photos of things that stand still and have texture: blank walls, glass and water give no hold',
    'steps to the side between photos: turning on the spot shows no depth',
    ...(models > 1 ? ['photos that connect the groups'] : []),
    ...(couldCompareAll
      ? ['--matching exhaustive into another folder: compares all pairs, and takes longer']
      : []),
  ];
}

/** COLMAP's mean reprojection error, from its `points3D.bin`, which was found whole. Pixels. */
function meanError(bytes: Buffer): number {
  const count = Number(bytes.readBigUInt64LE(0));
  let at = 8;
  let sum = 0;
  for (let point = 0; point < count; point++) {
    // Number, position and colour come first; the photos that see it follow.
    sum += bytes.readDoubleLE(at + 8 + 24 + 3);
    at += 8 + 24 + 3 + 8;
    at += 8 + 8 * Number(bytes.readBigUInt64LE(at));
  }
  return count === 0 ? 0 : sum / count;
}
