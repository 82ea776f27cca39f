/** The run folder's `config.yaml`: feeding it back reproduces the run. */
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { toYaml } from '../config/toYaml.ts';
import { runPaths } from './runPaths.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

/** Writes the resolved config of the run in `folder`; a relative data path becomes absolute. */
export async function writeConfig(folder: string, config: Config): Promise<void> {
  const { data } = config;
  const complete =
    data.path === '' ? config : { ...config, data: { ...data, path: path.resolve(data.path) } };
  await writeFileAtomically(runPaths(folder).config, toYaml(complete));
}
