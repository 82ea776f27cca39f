/** A data set small enough to train on within seconds: a coloured ball on a transparent ground, seen from a circle. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';

const size = 24;

/** Writes a blender-format scene with 6 training and 2 test views of 24 x 24 pixels. */
export async function writeTinyScene(folder: string): Promise<void> {
  for (const [split, views] of [
    ['train', [0, 1, 2, 3, 4, 5]],
    ['test', [0.5, 3.5]],
  ] as const) {
    await mkdir(path.join(folder, split), { recursive: true });
    const frames = [];
    for (const [index, view] of views.entries()) {
      const file = `./${split}/r_${index}`;
      await ball().toFile(path.join(folder, `${file}.png`));
      frames.push({ file_path: file, transform_matrix: cameraOnCircle((view * Math.PI) / 3) });
    }
    await writeFile(
      path.join(folder, `transforms_${split}.json`),
      JSON.stringify({ camera_angle_x: 0.69, frames }),
    );
  }
}

/** From every side the same picture: red on the left, green on the right. */
function ball(): Sharp {
  const pixels = Buffer.alloc(size * size * 4);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const inside = Math.hypot(x - size / 2, y - size / 2) < size / 3;
      pixels.set(inside ? [200 - 6 * x, 40 + 7 * x, 90, 255] : [0, 0, 0, 0], 4 * (y * size + x));
    }
  return sharp(pixels, { raw: { width: size, height: size, channels: 4 } }).png();
}

/** Camera to world, OpenGL axes, 4 from the origin in the plane z = 0, looking at it. */
function cameraOnCircle(angle: number): number[][] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [
    [-s, 0, c, 4 * c],
    [c, 0, s, 4 * s],
    [0, 1, 0, 0],
    [0, 0, 0, 1],
  ];
}

/** Settings that make training on it fast. */
export const tinySettings = [
  'model.hashGrid.levels=2',
  'model.hashGrid.log2TableSize=10',
  'model.hashGrid.maxResolution=32',
  'model.density.width=16',
  'model.color.width=16',
  'model.targetSamples=1024',
  'model.occupancy.resolution=16',
  'threads=1',
];
