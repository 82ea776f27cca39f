/** What a data set is, wherever it lies: frames, split, cameras and looks, which may not change between a run's sessions. */
import { z } from 'zod';
import { hash64, loadHash64 } from '../hash64.ts';
import type { Camera } from './cameras/camera.ts';
import type { Image } from './image.ts';
import { photoFindingsSchema } from './photoFindings.ts';
import type { Frame, Scene, WorldToModel } from './scene.ts';

export const dataFingerprintSchema = z.strictObject({
  /** Images of the training frames, in order, as seen from the data set's folder (with `/` on every system). */
  train: z.array(z.string()),
  /** Those of the held-out frames. */
  eval: z.array(z.string()),
  /** Size, lens and pose of each frame, training frames first: 16 hexadecimal digits each. */
  cameras: z.string(),
  /** What each image looks like: mean red, green and blue of its four quarters, 24 hexadecimal digits each. */
  images: z.string(),
  /** What a few photos were found to say of the scene, which holds for all sessions. Absent in checkpoints of earlier versions. */
  findings: photoFindingsSchema.optional(),
});

/** Plain JSON; equal for the same data on any machine. */
export type DataFingerprint = z.output<typeof dataFingerprintSchema>;

const cameraDigits = 16;
const imageDigits = 24;

/**
 * @param nameOf the name of an image's file as seen from the data set's folder, with `/` on every system
 * @param looks of the images of the training frames, then of the held-out frames: {@link looksOf}
 */
export async function fingerprintOf(
  scene: Scene,
  nameOf: (file: string) => string,
  looks: readonly string[],
): Promise<DataFingerprint> {
  const begin = await loadHash64();
  const encoder = new TextEncoder();
  const digest = ({ camera }: Frame) =>
    hash64(begin, encoder.encode(describeCamera(camera, scene.worldToModel).join()));
  return {
    train: scene.train.map(({ image }) => nameOf(image)),
    eval: scene.eval.map(({ image }) => nameOf(image)),
    cameras: [...scene.train, ...scene.eval].map(digest).join(''),
    images: looks.join(''),
    ...(scene.findings && { findings: scene.findings }),
  };
}

/**
 * @param now without `images` where no photo was decoded: what they show is not compared then
 * @returns what differs first, as a clause of a sentence ("the photo a.jpg is another one"); undefined if nothing does
 */
export function differenceOf(before: DataFingerprint, now: DataFingerprint): string | undefined {
  const [names, namesNow] = [framesOf(before), framesOf(now)];
  const other = Array.from({ length: Math.max(names.length, namesNow.length) }, (_, index) => index).find(
    (index) => names[index] !== namesNow[index],
  );
  if (other !== undefined) {
    const { train, eval: held } = before;
    const sameCounts = train.length === now.train.length && held.length === now.eval.length;
    const counts = `${train.length} training and ${held.length} held-out frames then, ${now.train.length} and ${now.eval.length} now; `;
    return `${sameCounts ? '' : counts}the first difference is ${names[other] ?? 'no frame'} then, ${namesNow[other] ?? 'no frame'} now`;
  }
  const at = (text: string, index: number, digits: number) =>
    text.slice(index * digits, (index + 1) * digits);
  const moved = names.findIndex(
    (_, index) => at(before.cameras, index, cameraDigits) !== at(now.cameras, index, cameraDigits),
  );
  if (moved >= 0) return `${names[moved]} has another pose, size (data.downscale) or lens`;
  if (now.images === '') return undefined;
  const changed = names.findIndex(
    (_, index) => !looksAlike(at(before.images, index, imageDigits), at(now.images, index, imageDigits)),
  );
  return changed < 0 ? undefined : `${names[changed]} shows something else`;
}

/** Whether a decoded photo shows what the one did that was known. @param index of its frame, training frames first */
export function isSamePhoto({ images }: DataFingerprint, index: number, image: Image): boolean {
  return looksAlike(images.slice(index * imageDigits, (index + 1) * imageDigits), looksOf(image));
}

/** `training image a.jpg`, `held-out image b.jpg` */
function framesOf({ train, eval: held }: DataFingerprint): string[] {
  return [...train.map((name) => `training image ${name}`), ...held.map((name) => `held-out image ${name}`)];
}

/**
 * Whole numbers that stand for the camera: pixels in thousandths, distortion and axes in millionths, the position in about
 * millionths of the scene's size. Poses are those of the data set's world, so that one that is changed changes no other.
 */
function describeCamera(camera: Camera, { transform: t, scale }: WorldToModel): (number | string)[] {
  const { model, width, height, fx, fy, cx, cy, distortion = [], lens = [], cameraToWorld: m } = camera;
  const modelUnit = 2 ** Math.floor(Math.log2(1 / scale) + boundary);
  const rows = [0, 1, 2].map((row) => {
    // The transform's inverse: its rotation transposed.
    const turn = (x: number, y: number, z: number) => t[row]! * x + t[4 + row]! * y + t[8 + row]! * z;
    const [right, up, back] = [0, 1, 2].map((column) => turn(m[column]!, m[4 + column]!, m[8 + column]!));
    const at = turn(m[3]! / scale - t[3]!, m[7]! / scale - t[7]!, m[11]! / scale - t[11]!);
    return [right!, up!, back!, at / modelUnit];
  });
  return [
    model,
    width,
    height,
    ...[fx, fy, cx, cy].map((value) => rounded(value, 1e-3)),
    ...[...distortion, ...lens, ...rows.flat()].map((value) => rounded(value, 1e-6)),
  ];
}

/** Two machines may differ in a number's last bits: it changes between two whole numbers where no number in use lies. */
const boundary = 0.3790528;

function rounded(value: number, unit: number): number {
  return Math.floor(value / unit + boundary);
}

/** Samples a side of a quarter of the image. */
const samples = 32;

/** What an image shows, roughly: mean colours of its quarters, times opacity, masked pixels black: [2, 2, 3] bytes in hexadecimal. */
export function looksOf({ width, height, channels, data, mask }: Image): string {
  const means = new Uint8Array(12);
  for (let quarter = 0; quarter < 4; quarter++) {
    const sums = [0, 0, 0];
    for (let sample = 0; sample < samples ** 2; sample++) {
      const x = (quarter % 2) / 2 + ((sample % samples) + 0.5) / (2 * samples);
      const y = Math.floor(quarter / 2) / 2 + (Math.floor(sample / samples) + 0.5) / (2 * samples);
      const pixel = Math.floor(y * height) * width + Math.floor(x * width);
      if (mask?.[pixel] === 0) continue;
      const at = pixel * channels;
      const opacity = channels === 4 ? data[at + 3]! / 255 : 1;
      for (let channel = 0; channel < 3; channel++) sums[channel]! += data[at + channel]! * opacity;
    }
    means.set(
      sums.map((sum) => Math.round(sum / samples ** 2)),
      quarter * 3,
    );
  }
  return Array.from(means, (mean) => mean.toString(16).padStart(2, '0')).join('');
}

/** Decoders differ by a level, and so does a photo that was saved again; another photo differs by more. */
const tolerance = 3;

function looksAlike(a: string, b: string): boolean {
  const levels = (text: string) =>
    Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  const [before, now] = [levels(a), levels(b)];
  return before.length === now.length && before.every((value, k) => Math.abs(value - now[k]!) <= tolerance);
}
