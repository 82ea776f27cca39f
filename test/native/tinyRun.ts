/** A run that takes seconds on any engine: a small instant-ngp on the tiny scene. */
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { Config } from '../../src/config/schema.ts';
import { writeTinyScene } from '../cli/tinyScene.ts';

/** Writes the scene into `folder`, too. */
export async function tinyRun(folder: string): Promise<Config> {
  await writeTinyScene(folder);
  return loadConfig('instant-ngp', {
    data: folder,
    model: {
      kind: 'instant-ngp',
      hashGrid: { levels: 4, log2TableSize: 12, maxResolution: 64 },
      density: { width: 16 },
      color: { width: 16 },
      occupancy: { resolution: 32 },
      targetSamples: 2048,
    },
  });
}
