/** `nerfstream export RUN_DIR pointcloud` and `mesh`: surfaces, from depths that the run's model renders. */
import path from 'node:path';
import { fromModelTo } from '../data/similarity.ts';
import { meshFormats } from '../export/files/meshFormats.ts';
import { encodePly } from '../export/files/ply.ts';
import { buildMesh } from '../export/mesh/buildMesh.ts';
import { buildPointCloud } from '../export/points/buildPointCloud.ts';
import type { CropBox } from '../export/points/pointCloud.ts';
import type { SurfaceSource } from '../export/surface/lookAround.ts';
import { writeCoordinates, writeExport } from '../export/writeExport.ts';
import type { Log } from '../log.ts';
import type { RenderRequest } from '../pipeline/pipeline.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { UsageError } from './cliErrors.ts';
import type { ExportedRun, ExportOptions } from './exportedRun.ts';
import { findCheckpoint } from './findCheckpoint.ts';
import { createRunLog, logOf } from './runLog.ts';
import { shownPath } from './shownPath.ts';

/** What is done where nothing else is asked for. */
const usual = { points: 1_000_000, faces: 200_000, resolution: 256 } as const;
/** Of a mesh's grid, along its longest side. */
const largestResolution = 1024;

/** @returns what was written, in a line */
export async function exportPointCloud(run: ExportedRun, options: ExportOptions): Promise<string> {
  if (path.extname(options.out).toLowerCase() !== '.ply')
    throw new UsageError(
      `--out ${options.out}: point clouds are written as .ply; choose a name that ends so`,
    );
  const wanted = wholeNumber('--points', options.points) ?? usual.points;
  const crop = cropBox(options.crop);
  return fromSurfaces(run, options, async (source) => {
    const cloud = buildPointCloud(source, wanted, crop);
    return { bytes: encodePly(cloud), content: `${cloud.positions.length / 3} points` };
  });
}

/** @returns what was written, in a line */
export async function exportMesh(run: ExportedRun, options: ExportOptions): Promise<string> {
  const { out } = options;
  const encode = meshFormats[path.extname(out).toLowerCase()];
  if (!encode)
    throw new UsageError(
      `--out ${out}: meshes are written as ${Object.keys(meshFormats).join(', ')}; choose a name that ends so`,
    );
  const faces = wholeNumber('--faces', options.faces) ?? usual.faces;
  const resolution = wholeNumber('--resolution', options.resolution) ?? usual.resolution;
  if (resolution > largestResolution)
    throw new UsageError(`--resolution ${resolution}: at most ${largestResolution}`);
  const crop = cropBox(options.crop);
  return fromSurfaces(run, options, async (source, { bounded, log }) => {
    const onView = (done: number, total: number) => log.progress?.({ what: 'fusing views', done, total });
    const mesh = await buildMesh(source, { resolution, faces, crop, bounded, onView });
    const content = `${mesh.faces.length / 3} faces between ${mesh.positions.length / 3} points`;
    return { bytes: encode(mesh), content };
  });
}

/** What is made of surfaces, and what the line says that is in it. */
interface Made {
  readonly bytes: Uint8Array;
  readonly content: string;
}

async function fromSurfaces(
  run: ExportedRun,
  { out, frame, step: which, data }: ExportOptions,
  make: (source: SurfaceSource, scene: { readonly bounded: boolean; readonly log: Log }) => Promise<Made>,
): Promise<string> {
  const runLog = createRunLog({ debug: false });
  runLog.open();
  const log = logOf(runLog);
  const runDir = path.resolve(run.runDir);
  const saved = which === 'latest' ? undefined : await findCheckpoint(runPaths(runDir).checkpoints, which);
  const { openRun } = await import('../../machines/openRun.ts');
  const opened = await openRun(runDir, {
    log,
    ...(saved && { checkpoint: saved.file }),
    ...(data !== undefined && { data }),
  });
  try {
    const { bounded, train, worldToModel } = opened.scene;
    const source = {
      render: (request: RenderRequest) => finish(opened.render(request)),
      cameras: train.map(({ camera }) => camera),
      placement: fromModelTo(frame, worldToModel),
      onView: (done: number, total: number) => log.progress?.({ what: 'rendering views', done, total }),
    };
    const { bytes, content } = await make(source, { bounded, log });
    await writeExport(out, bytes);
    await writeCoordinates(`${out}.frame.json`, frame, worldToModel);
    return `${content} of step ${opened.step} in ${shownPath(out)} (${(bytes.length / 1e6).toFixed(1)} MB)`;
  } finally {
    opened.dispose();
  }
}

function finish<Result>(work: Generator<number, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** @throws UsageError */
function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1e9)
    throw new UsageError(`${name} ${text}: give a whole number above 0`);
  return value;
}

/** @throws UsageError */
function cropBox(text: string | undefined): CropBox | undefined {
  if (text === undefined) return undefined;
  const box = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (box.length !== 6 || !box.every(Number.isFinite))
    throw new UsageError(
      `--crop ${text}: give six numbers, minimum x, y, z and maximum x, y, z, as in --crop=-1,-1,0,1,1,2`,
    );
  const axis = [0, 1, 2].find((k) => box[k]! >= box[k + 3]!);
  if (axis !== undefined)
    throw new UsageError(
      `--crop ${text}: is empty, its minimum ${'xyz'[axis]} is not below its maximum; give minimum x, y, z, then maximum x, y, z`,
    );
  return box;
}
