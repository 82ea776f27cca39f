/** `nerfstream studio`: runs in the browser, finished ones and running ones. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError, RunFolderError } from '../errors.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { createRooms } from '../studio/createRooms.ts';
import { startStudio } from '../studio/startStudio.ts';
import { handleInterrupts } from './interrupts.ts';
import { shownPath } from './shownPath.ts';
import { flagsOf, type StudioOptions } from './studioFlags.ts';

/** Serves until a signal ends it. @param place a run folder, or a folder of them @returns the exit code */
export async function studioCommand(place: string, options: StudioOptions): Promise<number> {
  const flags = flagsOf(options.host, options.port, '--port', options.readOnly ?? false);
  const folder = path.resolve(place);
  if (!existsSync(folder)) throw new RunFolderError(`${shownPath(place)}: there is no such folder`, folder);
  const dataFolder = path.resolve(options.data ?? '.');
  if (!existsSync(dataFolder))
    throw new DataError(`--data ${shownPath(dataFolder)}: there is no such folder`, dataFolder);
  const isRun = existsSync(runPaths(folder).config);
  const rooms = createRooms({
    folder: isRun ? path.dirname(folder) : folder,
    ...(isRun && { shown: path.basename(folder) }),
    readOnly: flags.readOnly,
    dataFolder,
  });
  if ((await rooms.list()).length === 0)
    throw new RunFolderError(
      `${shownPath(place)}: there is no run in it (nerfstream train makes one)`,
      folder,
    );
  const studio = await startStudio(rooms, flags);
  process.stdout.write(`${studio.url}\n`);
  await new Promise<void>((resolve) => {
    handleInterrupts(
      () => resolve(),
      () => {},
    );
  });
  await rooms.close();
  await studio.close();
  return 0;
}
