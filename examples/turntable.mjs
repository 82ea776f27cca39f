/**
 * A dataparser of one's own, outside the package: something on a turntable, photographed by a camera that stands still.
 * The folder has the photos and `turntable.csv`, a line for each: `photo,degrees`.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DataError, defineDataparser, z } from 'nerfstream';

const schema = z
  .strictObject({
    distance: z.number().positive().default(3).describe("From the camera to the table's axis."),
    height: z.number().default(1).describe('Of the camera above what it looks at.'),
    focalLength: z.number().positive().describe('In pixels.'),
    photoWidth: z.number().int().positive().describe('In pixels.'),
    photoHeight: z.number().int().positive().describe('In pixels.'),
    holdOutEvery: z.number().int().min(2).default(8).describe('Every so many photos one is held out.'),
  })
  .describe('Photos of a turntable, with their angles in turntable.csv.');

export const dataparser = defineDataparser({
  kind: 'turntable',
  schema,
  needs: 'turntable.csv',
  recognizes: ({ names }) => names.includes('turntable.csv'),
  async parse({ folder }, settings, { placement }) {
    const table = path.join(folder, 'turntable.csv');
    const lines = (await readFile(table, 'utf8')).split('\n').filter((line) => line.trim() !== '');
    const frames = lines.map((line, index) => {
      const [photo, degrees] = line.split(',');
      if (!Number.isFinite(Number(degrees)))
        throw new DataError(
          `${table}:${index + 1}: expected photo,degrees, found "${line}". Correct it.`,
          table,
        );
      const cameraToWorld = poseAt(Number(degrees), settings, placement.scale);
      return { name: photo, image: path.join(folder, photo), camera: { ...lens(settings), cameraToWorld } };
    });
    const isHeldOut = (_frame, index) => index % settings.holdOutEvery === settings.holdOutEvery - 1;
    return {
      train: frames.filter((frame, index) => !isHeldOut(frame, index)),
      eval: frames.filter(isHeldOut),
      bounded: true,
      aabb: [-1, -1, -1, 1, 1, 1],
      hasAlpha: false,
      worldToModel: { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale: placement.scale },
    };
  },
});

function lens({ focalLength, photoWidth: width, photoHeight: height }) {
  return { model: 'OPENCV', width, height, fx: focalLength, fy: focalLength, cx: width / 2, cy: height / 2 };
}

/** The table turns, as if the camera went round the other way: [3, 4] row-major, looking along -z at the middle, z up. */
function poseAt(degrees, { distance, height }, scale) {
  const angle = (degrees * Math.PI) / 180;
  const length = Math.hypot(distance, height);
  const [c, s, up, out] = [Math.cos(angle), Math.sin(angle), height / length, distance / length];
  const at = [distance * c, distance * s, height].map((x) => x * scale);
  return [-s, -up * c, out * c, at[0], c, -up * s, out * s, at[1], 0, out, up, at[2]];
}
