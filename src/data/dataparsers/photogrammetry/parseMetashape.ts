/** Cameras that Agisoft Metashape has aligned, exported as XML. */
import { DataError } from '../../../errors.ts';
import { scalePosition } from '../../poses/scalePoses.ts';
import type { Scene } from '../../scene.ts';
import { composeTransforms } from '../../vector3.ts';
import type { DataSource, ParseContext } from '../dataparser.ts';
import { type FrameInput, frameListScene, rowsOf } from '../frameListScene.ts';
import { metashapeExport, theExport } from './findExport.ts';
import { metashapeLens } from './metashapeLens.ts';
import { photosByName } from './photosByName.ts';
import { readXml, type XmlElement } from './readXml.ts';

/** From the cameras' coordinates to the world: a rotation and a shift [3, 4], then a scale. */
interface Placed {
  readonly transform: readonly number[];
  readonly scale: number;
}

const unplaced: Placed = { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale: 1 };

/**
 * Cameras that are aligned, where the transform of their component, or else of the chunk, puts them. Camera to world has OpenCV's axes there.
 * @throws DataError, one line
 */
export async function parseMetashape(
  source: DataSource,
  { images }: { readonly images?: string | undefined },
  context: ParseContext,
): Promise<Scene> {
  const { log } = context;
  const file = await theExport(source, metashapeExport);
  const chunk = (await readXml(file)).child('chunk');
  const all = chunk?.child('cameras')?.all('camera') ?? [];
  const cameras = all.filter((camera) => camera.child('transform') !== undefined);
  if (!chunk || cameras.length === 0)
    throw new DataError(
      `${file}: has no cameras that are aligned. Align the photos in Metashape, then File > Export > Export Cameras (Agisoft XML).`,
      file,
    );
  if (cameras.length < all.length)
    log.warn(
      `${file}: ${all.length - cameras.length} of its ${all.length} cameras are left out: Metashape has not aligned them.`,
    );
  const found = await photosByName({
    ...{ source: file, folder: source.folder, images, cameras, log },
    nameOf: (camera) => camera.attribute('label') ?? '',
  });
  const lensOf = lensFinder(
    chunk,
    found.map(({ camera }) => camera),
    (sensor) => metashapeLens(sensor, file, log),
    file,
  );
  const poseOf = poseFinder(chunk, file);
  const frames = found.map(
    ({ camera, photo }): FrameInput => ({
      file_path: photo,
      transform_matrix: poseOf(camera),
      ...lensOf(camera),
    }),
  );
  return frameListScene({ source: file, folder: source.folder, frames }, context);
}

/** Lenses of the sensors that the cameras have, each read once. */
function lensFinder(
  chunk: XmlElement,
  cameras: readonly XmlElement[],
  read: (sensor: XmlElement) => Record<string, unknown>,
  file: string,
): (camera: XmlElement) => Record<string, unknown> | undefined {
  const sensors = new Map(chunk.all('sensor').map((sensor) => [sensor.attribute('id'), sensor]));
  const used = new Set(cameras.map((camera) => camera.attribute('sensor_id')));
  const lenses = new Map(
    [...used].map((id) => {
      const sensor = sensors.get(id);
      if (sensor) return [id, read(sensor)];
      throw new DataError(
        `${file}: a camera has the sensor ${id}, which is not there. Export it again.`,
        file,
      );
    }),
  );
  return (camera) => lenses.get(camera.attribute('sensor_id'));
}

/** Camera to world, OpenGL axes, three rows. */
function poseFinder(chunk: XmlElement, file: string): (camera: XmlElement) => number[][] {
  const components = new Map(
    chunk.all('component').map((component) => [component.attribute('id'), placedBy(component, file)]),
  );
  const whole = placedBy(chunk, file) ?? unplaced;
  return (camera) => {
    const pose = numbersOf(camera.child('transform')!, 16, file);
    const { transform, scale } = components.get(camera.attribute('component_id')) ?? whole;
    const placed = scalePosition(composeTransforms(transform, pose), scale);
    return rowsOf(placed).map(([right, down, forward, at]) => [right!, -down!, -forward!, at!]);
  };
}

/** What the `transform` of a chunk or a component says; undefined where there is none. */
function placedBy(element: XmlElement, file: string): Placed | undefined {
  const transform = element.child('transform');
  const rotation = transform?.child('rotation');
  if (!transform || !rotation) return undefined;
  const turn = numbersOf(rotation, 9, file);
  const translation = transform.child('translation');
  const shift = translation ? numbersOf(translation, 3, file) : [0, 0, 0];
  const scale = Number(transform.child('scale')?.text ?? 1);
  const rows = [0, 1, 2].map((row) => [...turn.slice(row * 3, row * 3 + 3), shift[row]! / scale]);
  return { transform: rows.flat(), scale };
}

/** Numbers between blanks. What is none becomes NaN, which is found where frames are checked. */
function numbersOf(element: XmlElement, count: number, file: string): number[] {
  const numbers = element.text.trim().split(/\s+/).map(Number);
  if (numbers.length === count) return numbers;
  throw new DataError(
    `${file}: a transform has ${numbers.length} numbers instead of ${count}. Export it again.`,
    file,
  );
}
