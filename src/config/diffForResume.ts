/** What may change when a run is resumed, and what may not. */
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../errors.ts';
import { isSection } from './configLayer.ts';
import type { Config } from './schema.ts';

/** The parts of a configuration that decide what a run's parameters mean: the same for all its sessions. */
function fixedPart({ model, data, groups, trainer }: Config) {
  return { model, data, groups, trainer: { seed: trainer.seed } };
}

/**
 * Checks that a run saved with one configuration may go on with another: model, data, groups (optimizers and
 * schedules) and seed must be the same; threads, intervals, sinks and lengths may change.
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
    return isDeepStrictEqual(before, after) ? undefined : { path, before, after };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const difference = firstDifference(before[key], after[key], [...path, key]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
