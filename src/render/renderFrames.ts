/** A sequence of frames in a folder. What was rendered stays: the same job, begun again, makes the frames that are missing. */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Camera } from '../data/cameras/camera.ts';
import type { Color } from '../data/compositeOver.ts';
import type { Scene } from '../data/scene.ts';
import { RunFolderError } from '../errors.ts';
import { writeExport } from '../export/writeExport.ts';
import type { ModelView } from '../pipeline/modelView.ts';
import type { CropTransform, RgbImage } from '../pipeline/pipeline.ts';
import { takeRunLock } from '../runFolder/runLock.ts';
import { checkShown, framePicture, modelOutputs, type OutputRanges, photoOf } from './framePicture.ts';
import { outputRanges } from './outputRanges.ts';
import { encodeDepth16, encodeNpy } from './rawOutputs.ts';
import { renderShot, type Shot } from './renderShot.ts';
import { renderWhole } from './renderWhole.ts';

export interface FramesJob {
  readonly shots: readonly Shot[];
  /** What frames show, from left to right: outputs of the model, `photo`, `difference`. */
  readonly shown: readonly string[];
  readonly format: 'png' | 'jpeg';
  /** Behind the scene. */
  readonly background: Color;
  /** What alone is shown of the scene. */
  readonly crop?: CropTransform;
  /** Also writes the numbers of the model's outputs: `00000-depth.npy`. */
  readonly npy: boolean;
  /** Also writes distances as 16-bit PNG: `00000-depth.png`. */
  readonly depth16: boolean;
  /** Frames a second, for whoever makes a video of them. */
  readonly fps: number;
}

/** What is rendered: a model, and which one it is. */
export interface RenderedRun extends Pick<ModelView, 'render'> {
  readonly scene: Pick<Scene, 'worldToModel'>;
  /** Of the run; undefined for those of earlier versions. */
  readonly runId?: string | undefined;
  readonly step: number;
}

export interface FramesResult {
  /** All frames, in order. */
  readonly files: readonly string[];
  /** How many of them were made now. */
  readonly made: number;
}

/** Beside the frames: the job, and each frame's camera. */
export const camerasFile = 'cameras.json';

/** What `cameras.json` holds. */
interface FramesRecord {
  /** What makes frames another job's. */
  readonly job: Readonly<Record<string, unknown>>;
  readonly worldToModel: Scene['worldToModel'];
  /** What the colours of outputs reach from and to, in model units. */
  readonly ranges: OutputRanges;
  /** Of `00000-depth.png`: distance of a step, in the units of the data set. */
  readonly depthUnit?: number;
  readonly frames: readonly unknown[];
}

const jpegQuality = 92;

/**
 * Renders what is missing in `folder`. A frame has its name when it is whole; files are written aside first.
 * @throws RunFolderError where the folder holds frames of another job or is in use, and where it cannot be written; ConfigError, DataError;
 * the signal's reason: frames that are finished stay
 */
export async function renderFrames(
  run: RenderedRun,
  job: FramesJob,
  folder: string,
  options: { readonly signal: AbortSignal; readonly onFrame?: (done: number, total: number) => void },
): Promise<FramesResult> {
  checkShown(
    job.shown,
    job.shots.every(({ frame }) => frame !== undefined),
  );
  const known = await readRecord(folder);
  const wanted = describe(run, job);
  checkSameJob(folder, wanted, known ?? (await framesThere(folder)));
  const depth = job.depth16 ? ['depth'] : [];
  const outputs = [...new Set([...modelOutputs(job.shown), ...depth])];
  const cameras = job.shots.map(({ camera }) => camera);
  const ranges = known?.ranges ?? (await outputRanges(run, cameras, outputs, options.signal, job.crop));
  const record = { ...wanted, ranges, ...(job.depth16 && { depthUnit: depthUnitOf(ranges, run.scene) }) };
  // Makes the folder, too.
  if (!known) await writeExport(path.join(folder, camerasFile), `${JSON.stringify(record, null, 1)}\n`);
  const lock = await takeRunLock(path.join(folder, 'render.lock'));
  try {
    await removeDrafts(folder);
    return await renderMissing(run, job, folder, { ...options, outputs, record });
  } finally {
    await lock.release();
  }
}

async function renderMissing(
  run: RenderedRun,
  job: FramesJob,
  folder: string,
  work: {
    readonly signal: AbortSignal;
    readonly onFrame?: (done: number, total: number) => void;
    readonly outputs: readonly string[];
    readonly record: FramesRecord;
  },
): Promise<FramesResult> {
  const { signal, onFrame, outputs, record } = work;
  const files = job.shots.map((_, index) => path.join(folder, frameName(index, job.format)));
  const there = new Set(await readdir(folder));
  const missing = files.flatMap((file, index) => (there.has(path.basename(file)) ? [] : [index]));
  let done = files.length - missing.length;
  onFrame?.(done, files.length);
  const { background, crop } = job;
  const see = (eye: Camera) =>
    renderWhole(run.render({ camera: eye, outputs, background, ...(crop && { crop }) }), signal);
  for (const index of missing) {
    const { camera, frame } = job.shots[index]!;
    const image = await renderShot(job.shots[index]!, see);
    const photo = frame && needsPhoto(job) ? await photoOf(frame, camera, background) : undefined;
    const stem = files[index]!.replace(/\.\w+$/, '');
    for (const [name, output] of Object.entries(image.outputs)) {
      if (job.npy) await writeExport(`${stem}-${name}.npy`, encodeNpy(image, output));
      if (job.depth16 && name === 'depth') {
        const unit = record.depthUnit! * run.scene.worldToModel.scale;
        await writeExport(`${stem}-depth.png`, await encodeDepth16(image, output, unit));
      }
    }
    // Last of all: the frame is finished when this file is there.
    const picture = framePicture(job.shown, image, record.ranges, photo);
    await writeExport(files[index]!, await encode(picture, job.format));
    onFrame?.(++done, files.length);
  }
  return { files, made: missing.length };
}

function needsPhoto({ shown }: FramesJob): boolean {
  return shown.some((name) => name === 'photo' || name === 'difference');
}

function frameName(index: number, format: FramesJob['format']): string {
  return `${String(index).padStart(5, '0')}.${format === 'png' ? 'png' : 'jpg'}`;
}

function encode({ width, height, data }: RgbImage, format: FramesJob['format']): Promise<Uint8Array> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  return (format === 'png' ? picture.png() : picture.jpeg({ quality: jpegQuality })).toBuffer();
}

/** All that decides what frames look like, and their cameras in the model's coordinates. */
function describe(run: RenderedRun, job: FramesJob): Omit<FramesRecord, 'ranges' | 'depthUnit'> {
  const { shots, ...settings } = job;
  return {
    job: { run: run.runId ?? null, step: run.step, ...settings },
    worldToModel: run.scene.worldToModel,
    frames: shots.map(({ camera, right, frame }, index) => ({
      file: frameName(index, job.format),
      ...(frame && { photo: frame.name }),
      ...camera,
      ...(right && { rightEye: right }),
    })),
  };
}

/** @throws RunFolderError that names what differs */
function checkSameJob(
  folder: string,
  wanted: Omit<FramesRecord, 'ranges'>,
  known: Partial<FramesRecord> | undefined,
): void {
  if (!known) return;
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const names = Object.keys({ ...wanted.job, ...known.job });
  const other = names.find((name) => !same(wanted.job[name], known.job?.[name]));
  if (other === undefined && same(wanted.frames, known.frames)) return;
  const differing = other === undefined ? 'the cameras differ' : `${other} differs`;
  const what = known.job === undefined ? 'nothing says of which' : differing;
  const values =
    other === 'step' && known.job
      ? ` (step ${String(known.job['step'])} there, ${String(wanted.job['step'])} now)`
      : '';
  throw new RunFolderError(
    `${folder}: holds frames of another job: ${what}${values}. Choose another folder (--out), or remove it.`,
    folder,
  );
}

async function readRecord(folder: string): Promise<FramesRecord | undefined> {
  const text = await readFile(path.join(folder, camerasFile), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as FramesRecord;
  } catch {
    return undefined;
  }
}

/** Frames without `cameras.json` are of a job that nobody knows. */
async function framesThere(folder: string): Promise<Partial<FramesRecord> | undefined> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => /^\d{5}\.(png|jpg)$/.test(name)) ? {} : undefined;
}

/** What a process that was killed had not finished. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/^(\d{5}|cameras\.json).*\.\d+\.tmp$/.test(name)) await rm(path.join(folder, name), { force: true });
}

/** Twice as far as most of what is seen fits into 16 bits. */
function depthUnitOf({ depth }: OutputRanges, { worldToModel }: Pick<Scene, 'worldToModel'>): number {
  return (2 * (depth?.[1] || 1)) / 65_535 / worldToModel.scale;
}
