/** The run folder's `config.yaml`: feeding it back reproduces the run. */
import path from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../config/schema.ts';
import { runPaths } from './runPaths.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

/** Writes the resolved config of the run in `folder`; a relative data path becomes absolute. */
export async function writeConfig(folder: string, config: Config): Promise<void> {
  const { data } = config;
  const complete =
    data.path === '' ? config : { ...config, data: { ...data, path: path.resolve(data.path) } };
  await writeFileAtomically(runPaths(folder).config, toYaml(complete));
}

/** The complete configuration as YAML; loading it gives an equal configuration, wherever the file lies. */
export function toYaml(config: Config): string {
  const heading =
    '# The complete, resolved configuration of this run: nerfstream train FILE reproduces it.\n';
  return heading + stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
