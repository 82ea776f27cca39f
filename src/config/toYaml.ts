/** Writes a configuration as a YAML file that reproduces it. */
import { stringify } from 'yaml';
import type { Config } from './schema.ts';

/** The complete configuration as YAML; loading it gives an equal configuration, wherever the file lies. */
export function toYaml(config: Config): string {
  const heading =
    '# The complete, resolved configuration of this run: nerfstream train FILE reproduces it.\n';
  return heading + stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
