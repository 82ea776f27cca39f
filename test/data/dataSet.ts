/** Writes small data sets for the tests of the dataparsers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { z } from 'zod';
import { parseScene } from '../../src/data/dataparsers/parseScene.ts';
import { type DataConfig, dataSchema } from '../../src/data/dataSchema.ts';
import { DataError } from '../../src/errors.ts';

type DataInput = z.input<typeof dataSchema>;

export function dataConfig(input: DataInput): DataConfig {
  return dataSchema.parse(input);
}

/** A log that keeps what it is told. */
export function createDataLog() {
  const warnings: string[] = [];
  return { warnings, warn: (message: string) => void warnings.push(message) };
}

/** The message with which a data set is refused, which is one line. */
export async function failureOf(path: string, settings: Omit<DataInput, 'path'> = {}): Promise<string> {
  const reading = parseScene(dataConfig({ path, ...settings }), createDataLog());
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message).not.toContain('\n');
  return (error as DataError).message;
}

/** A camera at (x, y, z) with the axes of the world: it looks along -z. */
export function poseAt(x: number, y: number, z: number): number[][] {
  return [
    [1, 0, 0, x],
    [0, 1, 0, y],
    [0, 0, 1, z],
    [0, 0, 0, 1],
  ];
}

/** Writes a plain image, making its folders; the format follows the extension. */
export async function writeImage(
  path: string,
  { width = 8, height = 6, channels = 3 as 3 | 4 } = {},
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const data = Buffer.alloc(width * height * channels, 128);
  await sharp(data, { raw: { width, height, channels } }).toFile(path);
}

/** Writes `transforms` as JSON (a string as it is) to `file` in `folder`. */
export function writeTransforms(folder: string, transforms: unknown, file = 'transforms.json'): void {
  writeFileSync(join(folder, file), typeof transforms === 'string' ? transforms : JSON.stringify(transforms));
}

/** A valid nerfstudio data set of `count` frames in `folder`, images/00.png and on; `change` edits it before it is written. */
export async function writeCapture(
  folder: string,
  count: number,
  // biome-ignore lint/suspicious/noExplicitAny: tests break the file in every way.
  change: (transforms: any) => void = () => {},
): Promise<void> {
  const transforms = { fl_x: 10, fl_y: 11, cx: 4, cy: 3, w: 8, h: 6, frames: [] as unknown[] };
  for (let index = 0; index < count; index++) {
    const name = `images/${String(index).padStart(2, '0')}.png`;
    transforms.frames.push({ file_path: name, transform_matrix: poseAt(index, index % 3, 2 + (index % 2)) });
    await writeImage(join(folder, name));
  }
  change(transforms);
  writeTransforms(folder, transforms);
}
