/** `nerfstream render`: pictures of what a run has learned, along a path, as frames, an animation or a video. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { OpenRun } from '../../machines/openRun.ts';
import type { Camera } from '../data/cameras/camera.ts';
import { backgroundColors, type Color } from '../data/compositeOver.ts';
import { cropTransform } from '../data/cropBox.ts';
import type { Frame } from '../data/scene.ts';
import { type CoordinateFrame, fromModelTo } from '../data/similarity.ts';
import { checkExport } from '../export/writeExport.ts';
import { completeCamera } from '../pipeline/renderCamera.ts';
import { checkCanEncode, encodeAnimation, isAnimation } from '../render/animation.ts';
import { interpolatedPath, orbitPath, spiralPath, withSize } from '../render/cameraPaths.ts';
import { readCameraPath } from '../render/readCameraPath.ts';
import { camerasFile, type FramesJob, renderFrames } from '../render/renderFrames.ts';
import type { Shot } from '../render/renderShot.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { UsageError } from './cliErrors.ts';
import { cropBox } from './cropBoxOption.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { openRunToShow } from './openRunToShow.ts';
import { configFileOfRun } from './resumeCommand.ts';
import { shownPath } from './shownPath.ts';

export interface RenderOptions {
  readonly out?: string;
  readonly frames?: string;
  readonly fps?: string;
  readonly split?: 'train' | 'eval';
  readonly output?: string;
  readonly scale?: string;
  readonly width?: string;
  readonly height?: string;
  readonly background?: string;
  readonly crop?: string;
  readonly frame: CoordinateFrame;
  readonly format: 'png' | 'jpeg';
  readonly npy?: boolean;
  readonly depth16?: boolean;
  readonly step: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

const paths = ['orbit', 'spiral', 'interpolate', 'dataset', 'camera-path'] as const;
type PathName = (typeof paths)[number];

const defaultFps = 24;
const defaultFrames = 120;
const framesFromViewToView = 10;
const mostFrames = 99_999;
/** Endings of names that say what is not made: a folder is hardly meant. */
const notMade = ['.gif', '.apng', '.avif', '.png', '.jpg', '.jpeg', '.mov', '.avi', '.mkv', '.m4v'];

/** @returns the exit code */
export async function renderCommand(
  runDir: string,
  name: string,
  file: string | undefined,
  options: RenderOptions,
): Promise<number> {
  const kind = pathOf(name, file, options);
  configFileOfRun(runDir);
  const out = path.resolve(options.out ?? path.join(runPaths(runDir).renders, kind));
  const animated = isAnimation(out);
  const interruption = new AbortController();
  const { signal } = interruption;
  const stopListening = handleInterrupts(
    () => interruption.abort(),
    () => {},
  );
  const opened = await openRunToShow(runDir, options, async () => {
    if (!animated) return;
    await checkExport(out);
    await checkCanEncode(out, signal);
  });
  const { run, display } = opened;
  try {
    const job = await jobOf(run, kind, file, options);
    const folder = animated ? `${out}.frames` : out;
    const what = { what: 'rendering frames' };
    const onFrame = (done: number, total: number) => display?.show({ ...what, done, total });
    const { files, made } = await renderFrames(run, animated ? { ...job, format: 'png' } : job, folder, {
      signal,
      onFrame,
    });
    if (animated) {
      await encodeAnimation(out, files, job.fps, signal);
      await keepCameras(folder, out);
    }
    report(options, { out, frames: files.length, made, step: run.step, job });
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    display?.say('interrupted; the same command goes on');
    return interruptedExitCode;
  } finally {
    display?.clear();
    stopListening();
    opened.dispose();
  }
}

/** @throws UsageError for options that do not go together */
function pathOf(name: string, file: string | undefined, { frames, format, out }: RenderOptions): PathName {
  const kind = paths.find((candidate) => candidate === name);
  if (kind === undefined) throw new UsageError(`there is no path "${name}"; paths: ${paths.join(', ')}`);
  if (kind === 'camera-path' && file === undefined)
    throw new UsageError('camera-path needs a file: nerfstream render RUN_DIR camera-path camera_path.json');
  if (kind !== 'camera-path' && file !== undefined)
    throw new UsageError(`unexpected argument "${file}": ${kind} reads no file`);
  if (frames !== undefined && (kind === 'camera-path' || kind === 'dataset'))
    throw new UsageError(`--frames ${frames}: ${kind} has as many frames as it has cameras; leave it out`);
  if (format === 'jpeg' && out !== undefined && isAnimation(out))
    throw new UsageError(`--format jpeg: ${path.basename(out)} is made of PNG frames; leave it out`);
  if (out !== undefined && notMade.includes(path.extname(out).toLowerCase()))
    throw new UsageError(
      `--out ${out}: animations are written as .webp, .mp4 or .webm, frames into a folder; choose such a name`,
    );
  return kind;
}

async function jobOf(
  run: OpenRun,
  kind: PathName,
  file: string | undefined,
  options: RenderOptions,
): Promise<FramesJob> {
  const given = file === undefined ? undefined : await readCameraPath(file);
  const shots = given?.shots ?? shotsOf(run, kind, options);
  const box = cropBox(options.crop);
  const placement = fromModelTo(options.frame, run.scene.worldToModel);
  const crop = box ? cropTransform(box, placement) : given?.crop?.box;
  const output = options.output ?? (kind === 'dataset' ? 'rgb,photo,difference,depth' : 'rgb');
  return {
    shots: shots.map(({ camera, right, ...shot }) => ({
      ...shot,
      camera: sized(camera, options),
      ...(right && { right: { ...right, camera: sized(right.camera, options) } }),
    })),
    shown: output.split(',').map((one) => one.trim()),
    format: options.format,
    background: colorOf(options.background) ?? given?.crop?.background ?? run.background,
    ...(crop && { crop }),
    npy: options.npy ?? false,
    depth16: options.depth16 ?? false,
    fps: positive('fps', options.fps) ?? given?.fps ?? defaultFps,
  };
}

/** @throws UsageError where the data set has no views to go along */
function shotsOf(run: OpenRun, kind: PathName, options: RenderOptions): Shot[] {
  const split = options.split ?? (kind === 'dataset' ? 'eval' : 'train');
  const frames: readonly Frame[] = run.scene[split];
  if (frames.length === 0)
    throw new UsageError(
      `the data set has no held-out views; choose --split ${split === 'eval' ? 'train' : 'eval'}`,
    );
  if (kind === 'dataset') return frames.map((frame) => ({ camera: frame.camera, frame }));
  const views = frames.map(({ camera }) => camera);
  const usual = kind === 'interpolate' ? (views.length - 1) * framesFromViewToView + 1 : defaultFrames;
  const count = whole('frames', options.frames, mostFrames) ?? usual;
  const make = { orbit: orbitPath, spiral: spiralPath, interpolate: interpolatedPath }[kind as 'orbit'];
  return make(views, count).map((camera) => ({ camera }));
}

function sized(camera: Camera, { scale, width, height }: RenderOptions): Camera {
  const side = 16_384;
  const [w, h] = [whole('width', width, side), whole('height', height, side)];
  const shaped =
    w === undefined && h === undefined ? camera : withSize(camera, w ?? camera.width, h ?? camera.height);
  return completeCamera(shaped, positive('scale', scale) ?? 1);
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--${name} ${text}: must be a number above 0`);
}

function whole(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= most) return value;
  throw new UsageError(`--${name} ${text}: must be a whole number from 1 to ${most}`);
}

function colorOf(text: string | undefined): Color | undefined {
  if (text === undefined) return undefined;
  if (text === 'white' || text === 'black') return backgroundColors[text];
  const [r, g, b, ...more] = text.split(',').map(Number);
  const values = [r, g, b].filter((value) => value !== undefined && value >= 0 && value <= 1);
  if (values.length === 3 && more.length === 0) return [r!, g!, b!];
  throw new UsageError(
    `--background ${text}: must be white, black, or three numbers from 0 to 1: 0.1,0.2,0.3`,
  );
}

/** The frames have done their work; where they were seen from stays beside the file. */
async function keepCameras(folder: string, out: string): Promise<void> {
  const { rename } = await import('node:fs/promises');
  const { dir, name } = path.parse(out);
  await rename(path.join(folder, camerasFile), path.join(dir, `${name}-${camerasFile}`));
  await rm(folder, { recursive: true, force: true });
}

function report(
  { json }: RenderOptions,
  done: { out: string; frames: number; made: number; step: number; job: FramesJob },
): void {
  const { out, frames, made, step, job } = done;
  const { camera, right } = job.shots[0]!;
  const columns = job.shown.length * (right?.place === 'beside' ? 2 : 1);
  const { width } = camera;
  const height = camera.height * (right?.place === 'below' ? 2 : 1);
  if (json) {
    const result = { out, frames, made, step, width: width * columns, height, outputs: job.shown };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const before = made < frames ? `, ${frames - made} of them made before` : '';
  process.stdout.write(
    `${frames} frames of ${width * columns} x ${height} pixels at step ${step}${before}: ${shownPath(out)}\n`,
  );
}
