/** Lenses as Agisoft Metashape describes them. */
import { DataError } from '../../../errors.ts';
import type { DataLog } from '../dataparser.ts';
import type { XmlElement } from './readXml.ts';

const models: Readonly<Record<string, string>> = {
  frame: 'OPENCV',
  fisheye: 'OPENCV_FISHEYE',
  spherical: 'EQUIRECTANGULAR',
};

/**
 * A sensor's lens, as fields of a frame. Metashape counts the principal point from the middle of the picture, and its p1 goes with x, where OpenCV has p2.
 * What OpenCV's lenses do not have is warned of.
 * @throws DataError for a lens that is not known
 * Source: Metashape's manual, appendix "Camera models"
 */
export function metashapeLens(sensor: XmlElement, file: string, log: DataLog): Record<string, unknown> {
  const where = `${file}: sensor ${sensor.attribute('id')}`;
  const type = sensor.attribute('type') ?? '';
  const camera_model = Object.hasOwn(models, type) ? models[type] : undefined;
  if (camera_model === undefined)
    throw new DataError(
      `${where} is of the type ${JSON.stringify(type)}; ${Object.keys(models).join(', ')} are read. Undistort the photos in Metashape.`,
      file,
    );
  const resolution = sensor.child('resolution');
  const [w, h] = [Number(resolution?.attribute('width')), Number(resolution?.attribute('height'))];
  if (camera_model === 'EQUIRECTANGULAR') return { camera_model, w, h };
  const calibrations = sensor.all('calibration');
  const adjusted = calibrations.find((each) => each.attribute('class') === 'adjusted');
  const calibration = adjusted ?? calibrations[0];
  if (!calibration?.child('f'))
    throw new DataError(
      `${where} has no calibration with a focal length f. Align the photos, and export them with Metashape 1.2 or newer.`,
      file,
    );
  const value = (name: string) => Number(calibration.child(name)?.text ?? 0);
  warnOfUnused(['b2', 'p3', 'p4']);
  return {
    ...{ camera_model, w, h, fl_x: value('f') + value('b1'), fl_y: value('f') },
    ...{ cx: w / 2 + value('cx'), cy: h / 2 + value('cy') },
    ...{ k1: value('k1'), k2: value('k2'), k3: value('k3'), k4: value('k4') },
    ...{ p1: value('p2'), p2: value('p1') },
  };

  function warnOfUnused(names: readonly string[]): void {
    const unused = names.filter((name) => value(name) !== 0);
    if (unused.length === 0) return;
    const list = unused.map((name) => `${name} = ${value(name)}`).join(', ');
    log.warn(
      `${where}: ${list} cannot be used and counts as 0. Undistort the photos in Metashape for exact lenses.`,
    );
  }
}
