/** `nerfstream export RUN_DIR pointcloud` and `mesh`: surfaces, from depths that the run's model renders. */
import path from 'node:path';
import { fromModelTo, type Similarity } from '../data/similarity.ts';
import type { Vector3 } from '../data/vector3.ts';
import { meshFormats } from '../export/files/meshFormats.ts';
import { encodePly } from '../export/files/ply.ts';
import { buildMesh } from '../export/mesh/buildMesh.ts';
import { buildPointCloud } from '../export/points/buildPointCloud.ts';
import type { SurfaceSource } from '../export/surface/lookAround.ts';
import { checkExport, writeCoordinates, writeExport } from '../export/writeExport.ts';
import type { Log } from '../log.ts';
import type { RenderRequest } from '../pipeline/pipeline.ts';
import { UsageError } from './cliErrors.ts';
import { cropBox } from './cropBoxOption.ts';
import type { ExportedRun, ExportOptions } from './exportedRun.ts';
import { findCheckpointOf } from './findCheckpoint.ts';
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
  return fromSurfaces(run, options, async (source, { bounded, up, log }) => {
    const onView = (done: number, total: number) => log.progress?.({ what: 'fusing views', done, total });
    const mesh = await buildMesh(source, { resolution, faces, crop, bounded, onView });
    const content = `${mesh.faces.length / 3} faces between ${mesh.positions.length / 3} points`;
    return { bytes: encode(mesh, up), content };
  });
}

/** What is made of surfaces, and what the line says that is in it. */
interface Made {
  readonly bytes: Uint8Array;
  readonly content: string;
}

interface SurfaceScene {
  readonly bounded: boolean;
  /** Unit vector that is up, in the coordinates of the export. */
  readonly up: Vector3;
  readonly log: Log;
}

async function fromSurfaces(
  run: ExportedRun,
  { out, frame, step: which, data }: ExportOptions,
  make: (source: SurfaceSource, scene: SurfaceScene) => Promise<Made>,
): Promise<string> {
  await checkExport(out);
  const runLog = createRunLog({ debug: false });
  runLog.open();
  const log = logOf(runLog);
  const runDir = path.resolve(run.runDir);
  const saved = which === 'latest' ? undefined : await findCheckpointOf(run, which);
  const { openRun } = await import('../../machines/openRun.ts');
  const opened = await openRun(runDir, {
    log,
    ...(saved && { checkpoint: saved.file }),
    ...(data !== undefined && { data }),
  });
  try {
    const { bounded, train, worldToModel } = opened.scene;
    const source: SurfaceSource = {
      render: (request: RenderRequest) => finish(opened.render(request)),
      depth: opened.outputs?.includes('surface') ? 'surface' : 'depth',
      cameras: train.map(({ camera }) => camera),
      placement: fromModelTo(frame, worldToModel),
      onView: (done: number, total: number) => log.progress?.({ what: 'rendering views', done, total }),
    };
    const { bytes, content } = await make(source, { bounded, up: upOf(source.placement), log });
    await writeExport(out, bytes);
    await writeCoordinates(`${out}.frame.json`, frame, worldToModel);
    return `${content} of step ${opened.step} in ${shownPath(out)} (${(bytes.length / 1e6).toFixed(1)} MB)`;
  } finally {
    opened.dispose();
  }
}

/** The model's +z. */
function upOf({ rotation }: Similarity): Vector3 {
  return [rotation[2]!, rotation[5]!, rotation[8]!];
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
