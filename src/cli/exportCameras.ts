/** `nerfstream export RUN_DIR cameras`. */
import path from 'node:path';
import { writeCameras } from '../export/cameras/writeCameras.ts';
import { UsageError } from './cliErrors.ts';
import { type ExportedRun, type ExportOptions, sceneOf } from './exportedRun.ts';
import { shownPath } from './shownPath.ts';

/** @returns what was written, in a line */
export async function exportCameras(run: ExportedRun, { out, frame }: ExportOptions): Promise<string> {
  if (!['.json', ''].includes(path.extname(out).toLowerCase()))
    throw new UsageError(
      `--out ${out}: cameras are written as one .json file, or as COLMAP's text files into a folder, whose name has no ending; choose such a name`,
    );
  const { path: data } = run.config.data;
  const folder = /\.json$/i.test(data) ? path.dirname(data) : data;
  const count = await writeCameras(await sceneOf(run), frame, out, folder);
  return `${count} cameras in ${shownPath(out)}`;
}
