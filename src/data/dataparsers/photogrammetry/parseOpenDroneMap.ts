/** Projects of OpenDroneMap and OpenSfM. */
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../../../errors.ts';
import type { Scene } from '../../scene.ts';
import type { WorldPoints } from '../captureScene.ts';
import { colmapCameraToWorld } from '../colmap/colmapModel.ts';
import type { ParseContext } from '../dataparser.ts';
import { isFile } from '../findImages.ts';
import { type FrameInput, frameListScene, rowsOf } from '../frameListScene.ts';
import { readJsonAs } from '../readJson.ts';
import { openSfmCamera, openSfmLens } from './openSfmLens.ts';
import { photosByName } from './photosByName.ts';

const vector = z.array(z.number()).length(3, 'must be 3 numbers');
const camerasSchema = z.record(z.string(), openSfmCamera);
const reconstructionsSchema = z.array(
  z.looseObject({
    cameras: camerasSchema,
    /** World to camera, OpenCV's axes: axis times angle in radians, and a shift. */
    shots: z.record(z.string(), z.looseObject({ camera: z.string(), rotation: vector, translation: vector })),
    points: z.record(z.string(), z.looseObject({ coordinates: vector, color: vector })).default({}),
  }),
);
const shotsSchema = z.looseObject({
  features: z.array(
    z.looseObject({
      properties: z.looseObject({
        filename: z.string(),
        camera: z.string(),
        /** As in a reconstruction. */
        rotation: vector,
        /** The camera's position. */
        translation: vector,
      }),
    }),
  ),
});

/** A photo's name, camera and pose: camera to world, [3, 4], OpenGL axes. */
interface Shot {
  readonly name: string;
  readonly camera: string;
  readonly pose: readonly number[];
}

interface Reconstruction {
  readonly file: string;
  readonly cameras: z.output<typeof camerasSchema>;
  readonly shots: readonly Shot[];
  readonly points?: WorldPoints;
}

/** Where a reconstruction lies; the first that is there is read, and shots.geojson where none is. */
const reconstructionPlaces = ['opensfm/reconstruction.json', 'reconstruction.json'];
const shotsPlace = 'odm_report/shots.geojson';

/** The file that says where photos were taken from; undefined if there is none. */
export async function openDroneMapFile(folder: string): Promise<string | undefined> {
  for (const place of [...reconstructionPlaces, shotsPlace])
    if (await isFile(join(folder, place))) return join(folder, place);
  return undefined;
}

/**
 * The largest reconstruction of OpenSfM with its points; else the shots of OpenDroneMap's report. Both have z up.
 * @throws DataError, one line
 */
export async function parseOpenDroneMap(
  folder: string,
  { images }: { readonly images?: string | undefined },
  context: ParseContext,
): Promise<Scene> {
  const { log } = context;
  const file = (await openDroneMapFile(folder))!;
  const { cameras, shots, points } = file.endsWith('.json')
    ? await readReconstruction(file, context)
    : await readShots(file, join(folder, 'cameras.json'));
  const nameOf = ({ name }: Shot) => name;
  const found = await photosByName({ source: file, folder, images, cameras: shots, nameOf, log });
  const frames = found.map(({ camera: shot, photo }): FrameInput => {
    // OpenDroneMap leaves out the number of the format that OpenSfM puts in front.
    const camera = cameras[shot.camera] ?? cameras[shot.camera.replace(/^v2 /, '')];
    const where = `${file}: camera ${JSON.stringify(shot.camera)}`;
    if (!camera) throw new DataError(`${where} of ${shot.name} is not there. Export it again.`, file);
    return { file_path: photo, transform_matrix: rowsOf(shot.pose), ...openSfmLens(camera, where, file) };
  });
  return frameListScene({ source: file, folder, frames, points, orientation: 'none' }, context);
}

async function readReconstruction(file: string, { log }: ParseContext): Promise<Reconstruction> {
  const all = await readJsonAs(reconstructionsSchema, file);
  const count = (each: (typeof all)[number]) => Object.keys(each.shots).length;
  const [largest, ...others] = all.sort((a, b) => count(b) - count(a));
  if (!largest) throw new DataError(`${file}: holds no reconstruction. Run OpenDroneMap again.`, file);
  const left = others.reduce((sum, each) => sum + count(each), 0);
  if (left > 0)
    log.warn(
      `${file}: ${left} photos are left out: they belong to ${others.length === 1 ? 'another reconstruction' : `${others.length} other reconstructions`} that could not be connected.`,
    );
  const points = Object.values(largest.points);
  return {
    file,
    cameras: largest.cameras,
    shots: Object.entries(largest.shots).map(([name, { camera, rotation, translation }]) => ({
      name,
      camera,
      pose: cameraToWorld(rotation, translation),
    })),
    points: {
      positions: Float64Array.from(points.flatMap(({ coordinates }) => coordinates)),
      colors: Uint8Array.from(points.flatMap(({ color }) => color)),
    },
  };
}

async function readShots(file: string, camerasFile: string): Promise<Reconstruction> {
  const { features } = await readJsonAs(shotsSchema, file);
  return {
    file,
    cameras: await readJsonAs(camerasSchema, camerasFile),
    shots: features.map(({ properties: { filename, camera, rotation, translation } }) => {
      const pose = cameraToWorld(rotation, [0, 0, 0]);
      return {
        name: filename,
        camera,
        pose: pose.map((value, index) => (index % 4 === 3 ? translation[(index - 3) / 4]! : value)),
      };
    }),
  };
}

/** @param rotation axis times angle in radians, world to camera */
function cameraToWorld(rotation: readonly number[], translation: readonly number[]): number[] {
  const [x, y, z] = rotation as [number, number, number];
  const angle = Math.hypot(x, y, z);
  const along = angle === 0 ? 0 : Math.sin(angle / 2) / angle;
  return colmapCameraToWorld({
    rotation: [Math.cos(angle / 2), x * along, y * along, z * along],
    translation: translation as [number, number, number],
  });
}
