/** The runs of a sweep: configs x scenes x lists x draws, in an order and with names that depend on the file alone. */
import { canonicalJson } from '../checkpoint/canonicalJson.ts';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { ConfigError } from '../errors.ts';
import { RandomStream, randomKey, uniformAt } from '../rng.ts';
import { joinedName, shortKeys, valueName } from './runNaming.ts';
import type { Labelled, Sweep, SweptKey } from './sweepSchema.ts';

/** A run before its configuration is made. */
export interface PlannedRun {
  /** Name of the run and of its folder. */
  readonly run: string;
  readonly config?: Labelled;
  readonly scene?: Labelled;
  /** What it tries: values by dotted key. */
  readonly settings: Readonly<Record<string, Plain>>;
}

/** More runs than this are a mistake, or need a plan of their own. */
export const mostRuns = 100_000;
/** Draws that give what was drawn before are made again, so often for each run. */
const attemptsPerRun = 100;
/** Numbers are drawn to so many digits: a name says all of them. */
const fewestDigits = 4;

/**
 * The runs in order: configs, scenes, lists in the order of the file (the last one changes first), draws.
 *
 * A name says what the run tries and nothing of others: a value more, a scene or a draw changes no other name.
 * @throws ConfigError for a list with the same value twice, more draws than there are different ones, or too many runs
 */
export function planSweep(sweep: Sweep): readonly PlannedRun[] {
  const { keys } = sweep;
  const grid = keys.flatMap((swept) =>
    swept.kind === 'grid' ? [{ key: swept.key, values: swept.values }] : [],
  );
  for (const { key, values } of grid) checkDifferent(key, values);
  const sizes = [
    sweep.configs.length || 1,
    sweep.scenes.length || 1,
    ...grid.map(({ values }) => values.length),
  ];
  const count = sizes.reduce((product, size) => product * size, sweep.samples);
  if (count > mostRuns)
    throw new ConfigError(`sweep: these are ${count} runs; at most ${mostRuns} are planned at once`, {
      path: 'sweep',
    });
  const names = shortKeys(keys.map(({ key }) => key));
  const drawn = draws(
    sweep,
    keys.filter((key) => key.kind !== 'grid'),
  );
  const settings = product(grid.map(({ key, values }) => values.map((value) => [key, value] as const)));
  const runs = orNone(sweep.configs).flatMap((config) =>
    orNone(sweep.scenes).flatMap((scene) =>
      settings.flatMap((listed) =>
        drawn.map((draw): PlannedRun => {
          const values = { ...Object.fromEntries(listed), ...draw };
          const tried = keys.map(({ key }) => `${names.get(key)}=${valueName(values[key]!)}`);
          return {
            run:
              joinedName([...[config, scene].flatMap((chosen) => chosen?.label ?? []), ...tried]) ||
              sweep.name,
            ...(config && { config }),
            ...(scene && { scene }),
            settings: Object.fromEntries(keys.map(({ key }) => [key, values[key]!])),
          };
        }),
      ),
    ),
  );
  checkNames(runs);
  return runs;
}

/** The draws: a function of seed, key and number, so that neither another key nor more of them change one. */
function draws({ samples, seed }: Sweep, keys: readonly SweptKey[]): readonly Record<string, Plain>[] {
  if (keys.length === 0) return [{}];
  const found = new Map<string, Record<string, Plain>>();
  for (let number = 0; found.size < samples; number++) {
    if (number >= samples * attemptsPerRun)
      throw new ConfigError(
        `sweep.samples: ${samples} draws are asked for, and only ${found.size} different ones were found`,
        {
          path: 'sweep.samples',
        },
      );
    const draw = Object.fromEntries(keys.map((key) => [key.key, drawOf(key, seed, number)]));
    const text = canonicalJson(draw);
    if (!found.has(text)) found.set(text, draw);
  }
  return [...found.values()];
}

function drawOf(swept: SweptKey, seed: number, number: number): Plain {
  const uniform = uniformAt(randomKey(seed, RandomStream.sweeps, hashOf(swept.key)), number);
  if ('values' in swept) return swept.values[Math.floor(uniform * swept.values.length)]!;
  const { kind, from, to } = swept;
  const exact = kind === 'uniform' ? from + uniform * (to - from) : from * (to / from) ** uniform;
  return Math.min(to, Math.max(from, Number(exact.toPrecision(digitsFor(from, to)))));
}

/** So many that a narrow range still has a hundred numbers. */
function digitsFor(from: number, to: number): number {
  const largest = Math.max(Math.abs(from), Math.abs(to));
  return Math.min(15, fewestDigits + Math.max(0, Math.floor(-Math.log10((to - from) / largest))));
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

function orNone<T>(list: readonly T[]): readonly (T | undefined)[] {
  return list.length === 0 ? [undefined] : list;
}

function product<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (before, list) => before.flatMap((chosen) => list.map((item) => [...chosen, item])),
    [[]],
  );
}

function checkDifferent(key: string, values: readonly Plain[]): void {
  const texts = values.map(canonicalJson);
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined)
    throw new ConfigError(`sweep.${key}: ${twice} is in the list twice`, { path: `sweep.${key}` });
}

function checkNames(runs: readonly PlannedRun[]): void {
  const seen = new Set<string>();
  for (const { run } of runs) {
    const folded = run.toLowerCase();
    if (seen.has(folded)) throw new ConfigError(`sweep: two runs would be called ${run}`, { path: 'sweep' });
    seen.add(folded);
  }
}
