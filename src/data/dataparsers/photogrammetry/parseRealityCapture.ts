/** Cameras that RealityCapture (RealityScan) has aligned, exported as CSV: "Internal/External camera parameters". */
import { join } from 'node:path';
import { DataError } from '../../../errors.ts';
import { readImageHeader } from '../../images.ts';
import { mapConcurrently } from '../../mapConcurrently.ts';
import { readDataText } from '../../readDataFile.ts';
import type { Scene } from '../../scene.ts';
import type { DataSource, ParseContext } from '../dataparser.ts';
import { type FrameInput, frameListScene } from '../frameListScene.ts';
import { realityCaptureExport, theExport } from './findExport.ts';
import { photosByName } from './photosByName.ts';

interface Row {
  readonly name: string;
  /** @throws DataError naming the line, where there is no such column or it holds no number */
  number(column: string): number;
}

/** Millimetres: focal lengths are those of a film of this width. */
const filmWidth = 36;
const concurrency = 8;

/**
 * Camera to world is Rz(-heading) Rx(pitch) Ry(roll), with OpenGL axes and z up; f, px and py are in units of the photo's longer side, from its middle.
 * @throws DataError, one line
 * Source: nerfstudio 1.1.5 `realitycapture_utils`
 */
export async function parseRealityCapture(
  source: DataSource,
  { images }: { readonly images?: string | undefined },
  context: ParseContext,
): Promise<Scene> {
  const { folder } = source;
  const file = await theExport(source, realityCaptureExport);
  const cameras = readRows(await readDataText(file), file);
  const found = await photosByName({
    ...{ source: file, folder, images, cameras, log: context.log },
    nameOf: ({ name }) => name,
  });
  const frames = await mapConcurrently(found, concurrency, async ({ camera, photo }): Promise<FrameInput> => {
    const { width, height } = await readImageHeader(join(folder, photo));
    const side = Math.max(width, height);
    const value = (column: string) => camera.number(column);
    const focal = (value('f') * side) / filmWidth;
    return {
      file_path: photo,
      transform_matrix: poseOf(camera),
      ...{ w: width, h: height, fl_x: focal, fl_y: focal },
      ...{ cx: value('px') * side + width / 2, cy: value('py') * side + height / 2 },
      ...{ k1: value('k1'), k2: value('k2'), k3: value('k3'), k4: value('k4') },
      ...{ p1: value('t1'), p2: value('t2') },
    };
  });
  return frameListScene({ source: file, folder, frames, orientation: 'none' }, context);
}

function poseOf({ number }: Row): number[][] {
  const turned = (degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return [Math.cos(angle), Math.sin(angle)] as const;
  };
  const [ch, sh] = turned(-number('heading'));
  const [cp, sp] = turned(number('pitch'));
  const [cr, sr] = turned(number('roll'));
  return [
    [ch * cr - sh * sp * sr, -sh * cp, ch * sr + sh * sp * cr, number('x')],
    [sh * cr + ch * sp * sr, ch * cp, sh * sr - ch * sp * cr, number('y')],
    [-cp * sr, sp, cp * cr, number('alt')],
  ];
}

function readRows(text: string, file: string): Row[] {
  const [heading = '', ...lines] = text.split(/\r?\n/);
  const columns = heading.split(',').map((name) => name.trim());
  return lines.flatMap((line, index): Row[] => {
    if (line.trim() === '') return [];
    const values = line.split(',');
    const where = `${file}: line ${index + 2}`;
    if (values.length !== columns.length)
      throw new DataError(
        `${where} has ${values.length} values for ${columns.length} columns. It is damaged or was cut off: export it again.`,
        file,
      );
    const number = (column: string) => {
      const word = values[columns.indexOf(column)]?.trim() ?? '';
      if (word !== '' && Number.isFinite(Number(word))) return Number(word);
      throw new DataError(
        `${where}: ${column} must be a number, but is ${JSON.stringify(word)}. Export "Internal/External camera parameters" again.`,
        file,
      );
    };
    return [{ name: values[0]!.trim(), number }];
  });
}
