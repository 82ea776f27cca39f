/** `nerfstream studio`: runs in the browser, finished ones and running ones. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DataError, RunFolderError } from '../errors.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { createRooms, type RoomsOptions } from '../studio/createRooms.ts';
import { startStudio } from '../studio/startStudio.ts';
import { UsageError } from './cliErrors.ts';
import { handleInterrupts } from './interrupts.ts';
import { shownPath } from './shownPath.ts';
import { defaultRuns, flagsOf, type StudioOptions } from './studioFlags.ts';

/** Serves until a signal ends it. @param place a run folder, or a folder of them @returns the exit code */
export async function studioCommand(place: string, options: StudioOptions): Promise<number> {
  const flags = flagsOf(options.host, options.port, '--port', options.readOnly ?? false);
  const folder = path.resolve(place);
  if (options.fleet !== undefined && options.redis === undefined)
    throw new UsageError('--fleet: goes with --redis, which says where the fleet meets');
  // Runs of a fleet may all be elsewhere.
  const mayBeMissing = options.redis !== undefined && place === defaultRuns;
  if (!existsSync(folder) && !mayBeMissing)
    throw new RunFolderError(`${shownPath(place)}: there is no such folder`, folder);
  const dataFolder = path.resolve(options.data ?? '.');
  if (!existsSync(dataFolder))
    throw new DataError(`--data ${shownPath(dataFolder)}: there is no such folder`, dataFolder);
  const isRun = existsSync(runPaths(folder).config);
  const rooms = createRooms({
    folder: isRun ? path.dirname(folder) : folder,
    ...(isRun && { shown: path.basename(folder) }),
    readOnly: flags.readOnly,
    dataFolder,
    fleet: await openStudioFleet(options),
  });
  if (options.redis === undefined && (await rooms.list()).length === 0)
    throw new RunFolderError(
      `${shownPath(place)}: there is no run in it (nerfstream train makes one)`,
      folder,
    );
  const studio = await startStudio(rooms, flags).catch(async (error: unknown) => {
    // What it has opened would keep the process alive.
    await rooms.close();
    throw error;
  });
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

/** @throws QueueError where its server cannot be reached */
async function openStudioFleet({ redis, fleet: name }: StudioOptions): Promise<RoomsOptions['fleet']> {
  if (redis === undefined) return undefined;
  const { openFleet } = await import('../fleet/queue/fleet.ts');
  const { redisServer } = await import('../fleet/queue/redisServer.ts');
  const { createStudioFleet } = await import('../studio/studioFleet.ts');
  const fleet = await openFleet(redisServer(redis === true ? undefined : redis), name);
  return (findSweep) => createStudioFleet(fleet, findSweep);
}
