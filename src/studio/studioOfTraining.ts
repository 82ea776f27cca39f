/** The studio of a run that this process trains; the other runs of its folder can be looked at, too. */
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { createRooms } from './createRooms.ts';
import { createLiveRun, type LiveRun } from './liveRun.ts';
import { type StudioOptions, startStudio } from './startStudio.ts';

export interface TrainingStudio {
  readonly url: string;
  readonly live: LiveRun;
  close(): Promise<void>;
}

/** @param runDir absolute path @throws ConfigError where it cannot listen */
export async function studioOfTraining(
  runDir: string,
  config: Config,
  options: StudioOptions,
): Promise<TrainingStudio> {
  const live = createLiveRun(runDir, config);
  const { readOnly } = options;
  const rooms = createRooms({
    folder: path.dirname(runDir),
    live: live.run,
    readOnly,
    dataFolder: process.cwd(),
  });
  const { url, close } = await startStudio(rooms, options);
  return {
    url,
    live,
    async close() {
      await rooms.close();
      await close();
    },
  };
}
