/** What may change when a run is resumed, and what may not. */

import { canonicalJson } from '../checkpoint/canonicalJson.ts';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { ConfigError } from '../errors.ts';
import { isSection, moduleName } from './configLayer.ts';
import type { Config } from './schema.ts';

/**
 * The parts of a configuration that decide what a run's parameters mean: the same for all its sessions. Where the data lie
 * may change; that they are the same, sizes included, is seen when they are read (src/data/dataFingerprint.ts).
 */
function fixedPart({ model, data, groups, trainer }: Config) {
  const free = { path: undefined, downscale: undefined, memoryMegabytes: undefined };
  return { model, data: { ...data, ...free }, groups, trainer: { seed: trainer.seed } };
}

/**
 * Checks that a run saved with one configuration may go on with another: model, how data are read, groups
 * (optimizers and schedules) and seed must be the same; threads, intervals, sinks, lengths and the data's place may change.
 * @throws ConfigError naming the first key that differs, with both values.
 */
export function diffForResume(saved: Config, requested: Config): void {
  const difference = firstDifference(fixedPart(saved), fixedPart(requested), []);
  if (difference === undefined) return;
  const { path, before, after } = difference;
  const key = path.join('.');
  throw new ConfigError(
    `${key} may not change on resume: the run was trained with ${shown(before)}, now it is ${shown(after)}. Start a new run (nerfstream train; --load takes over the weights)`,
    { path: key },
  );
}

interface Difference {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

function firstDifference(before: unknown, after: unknown, path: readonly string[]): Difference | undefined {
  if (!isSection(before) || !isSection(after))
    return isSame(before, after, path.at(-1)) ? undefined : { path, before, after };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const difference = firstDifference(before[key], after[key], [...path, key]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isSame(before: unknown, after: unknown, key: string | undefined): boolean {
  if (key !== 'module' || typeof before !== 'string' || typeof after !== 'string')
    return canonicalJson(before as Plain) === canonicalJson(after as Plain);
  return moduleName(before) === moduleName(after);
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
