/** `camera_path.json` as nerfstudio's viewer writes it: frames for `nerfstream render RUN_DIR camera-path FILE` and `ns-render`, keyframes for the next visit. */
// Form: nerfstudio 1.1.5 `viewer/render_panel.py`; it calls the tension `smoothness_value`.
import { orientationOf } from '../../../data/cropBox.ts';
import type { CropTransform } from '../../../pipeline/pipeline.ts';
import { type Keyframe, type SplineSettings, splinePath } from './spline.ts';

export interface PathSettings extends SplineSettings {
  readonly seconds: number;
  /** Frames a second. */
  readonly fps: number;
  readonly width: number;
  readonly height: number;
}

/** How many frames a path of these settings has; at least one. */
export function framesOf({ seconds, fps }: PathSettings): number {
  return Math.max(1, Math.round(seconds * fps));
}

/** The part of the scene that a path shows, and what is behind it: red, green, blue, 0..1. */
export interface PathCrop {
  readonly box: CropTransform;
  readonly background: readonly number[];
}

/** The file's content. @param keys at least one */
export function encodeCameraPath(keys: readonly Keyframe[], settings: PathSettings, crop?: PathCrop): object {
  const { width, height, fps, seconds, isLoop, tension } = settings;
  const aspect = width / height;
  return {
    camera_type: 'perspective',
    render_width: width,
    render_height: height,
    fps,
    seconds,
    ...(crop && { crop: cropOfFile(crop) }),
    is_cycle: isLoop,
    smoothness_value: tension,
    default_fov: keys[0]?.fieldOfView,
    default_transition_sec: seconds / Math.max(1, isLoop ? keys.length : keys.length - 1),
    keyframes: keys.map(({ cameraToWorld, fieldOfView }) => ({
      matrix: fourRows(cameraToWorld),
      fov: fieldOfView,
      aspect,
      override_transition_enabled: false,
      override_transition_sec: null,
    })),
    camera_path: splinePath(keys, framesOf(settings), settings).map(({ cameraToWorld, fieldOfView }) => ({
      camera_to_world: fourRows(cameraToWorld),
      fov: fieldOfView,
      aspect,
    })),
  };
}

/**
 * The keyframes of such a file, with what it says of the path; its frames are keyframes where it has none.
 * @throws Error that says what is wrong with it, for what is no such file
 */
export function decodeCameraPath(text: string): { keys: Keyframe[]; settings: Partial<PathSettings> } {
  const file = Object(JSON.parse(text)) as Record<string, unknown>;
  const stored = Array.isArray(file['keyframes']) && file['keyframes'].length > 0;
  const items = (stored ? file['keyframes'] : file['camera_path']) as unknown;
  if (!Array.isArray(items) || items.length === 0)
    throw new Error('This file has no keyframes and no camera_path.');
  const keys = items.map((item: Record<string, unknown>, index): Keyframe => {
    const matrix = rowsOf(stored ? item['matrix'] : item['camera_to_world']);
    if (!Array.isArray(matrix) || matrix.length < 12 || !matrix.every(Number.isFinite))
      throw new Error(`The camera ${index} of this file has no matrix of 16 numbers.`);
    return { cameraToWorld: matrix.slice(0, 12), fieldOfView: numberOf(item['fov']) ?? 50 };
  });
  const tension = numberOf(file['smoothness_value']);
  const settings = {
    fps: numberOf(file['fps']),
    seconds: numberOf(file['seconds']),
    width: numberOf(file['render_width']),
    height: numberOf(file['render_height']),
    tension: tension === undefined ? undefined : Math.max(0, Math.min(1, tension)),
    isLoop: typeof file['is_cycle'] === 'boolean' ? file['is_cycle'] : undefined,
  };
  return {
    keys,
    settings: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  };
}

/** nerfstudio's old viewer wrote the matrices of keyframes as text, by columns; the new one writes lists, by rows. */
function rowsOf(stored: unknown): unknown {
  return typeof stored === 'string' ? transposed(JSON.parse(stored) as number[]) : stored;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function cropOfFile({ box, background }: PathCrop): object {
  const { center, rotation, size } = orientationOf(box);
  const [r, g, b] = background.map((share) => Math.round(share * 255));
  return { crop_center: center, crop_scale: size, crop_rot: rotation, crop_bg_color: { r, g, b } };
}

function fourRows(cameraToWorld: readonly number[]): number[] {
  return [...cameraToWorld, 0, 0, 0, 1];
}

function transposed(matrix: readonly number[]): number[] {
  return [0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => matrix[column * 4 + row]!));
}
