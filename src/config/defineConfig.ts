/** A configuration written in code, without a file. */
import { type ConfigOverrides, overridesLayer } from './loadConfig.ts';
import { parseConfig } from './parseConfig.ts';
import type { Config } from './schema.ts';

/**
 * Checks a configuration and fills in its defaults. Nothing is inherited: parameter groups are those given here.
 * For a method's settings with a few changes use `loadConfig`.
 * @throws ConfigError naming the key and what is expected.
 *
 * @example
 * const config = defineConfig({ groups: { line: { optimizer: { kind: 'adam', learningRate: 0.1 } } } });
 */
export function defineConfig(input: ConfigOverrides): Config {
  return parseConfig([overridesLayer(input)]);
}
