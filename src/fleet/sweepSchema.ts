/** The section `sweep` of a sweep file: which settings are tried, on what, and how the runs are compared. */
import { z } from 'zod';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { configJsonSchema } from '../config/configJsonSchema.ts';
import { type ConfigLayer, isSection, type RawSection } from '../config/configLayer.ts';
import { explainIssues } from '../config/explainIssue.ts';
import { configSchema } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import { rungSteps } from './asha.ts';
import { runNameSchema } from './runNames.ts';
import { sanitizedName } from './runNaming.ts';

/** Several values of one key: all of them (`grid`), or as many as `samples` says, drawn. */
export type SweptKey =
  | { readonly key: string; readonly kind: 'grid'; readonly values: readonly Plain[] }
  | { readonly key: string; readonly kind: 'choice'; readonly values: readonly Plain[] }
  | {
      readonly key: string;
      readonly kind: 'uniform' | 'logUniform';
      readonly from: number;
      readonly to: number;
    };

/** Something with the name that runs carry for it. */
export interface Labelled {
  readonly label: string;
  readonly value: string;
}

/** A sweep file's section, checked. */
export interface Sweep {
  readonly name: string;
  /** Tag of the metric that runs are compared by. */
  readonly metric: string;
  readonly mode: 'max' | 'min';
  /** Folders of data sets, as written; empty: that of the configuration. */
  readonly scenes: readonly Labelled[];
  /** Methods and files, as written; empty: the sweep file itself. */
  readonly configs: readonly Labelled[];
  /** In the order of the file. */
  readonly keys: readonly SweptKey[];
  /** How many draws are made of the keys that are drawn. */
  readonly samples: number;
  /** Of the draws, and of the order in which successive halving begins. */
  readonly seed: number;
  readonly asha?: SweepAsha;
}

const ashaSchema = z.strictObject({
  minSteps: z
    .int()
    .positive()
    .optional()
    .describe('Every run trains to this step; the best go on. Default: a 27th of maxSteps.'),
  maxSteps: z.int().positive().optional().describe('The best train to this step; default: trainer.maxSteps.'),
  reductionFactor: z.int().min(2).default(3).describe('Of so many runs one goes on.'),
});
export type SweepAsha = z.output<typeof ashaSchema>;

const labelled = (what: string) =>
  z
    .union([z.array(z.string().min(1)).min(1), z.record(runNameSchema, z.string().min(1))])
    .optional()
    .describe(`${what}: a list, or a section of names with what they stand for.`);

const options = {
  name: runNameSchema.optional().describe('Name of the sweep and of its folder; default: that of the file.'),
  metric: z.string().min(1).default('eval/psnr').describe('Tag of the metric that runs are compared by.'),
  mode: z.enum(['max', 'min']).default('max').describe('Whether larger or smaller is better.'),
  scenes: labelled('Folders of data sets'),
  configs: labelled('Methods or config files, in the place of extends'),
  samples: z.int().positive().optional().describe('How many draws are made of the keys that are drawn.'),
  seed: z.int().nonnegative().max(0xffffffff).default(0).describe('Of the draws; not that of the training.'),
  asha: ashaSchema.optional().describe('Successive halving: most runs end early, the best go on.'),
};

const form =
  'expected a list of values, or one of {uniform: [from, to]}, {logUniform: [from, to]}, {choice: [values]}';

/**
 * Checks the section.
 * @param layer the file: says where keys stand
 * @param fallbackName the sweep's name where the section has none
 * @throws ConfigError in one line: file and line, key, what is expected
 */
export function parseSweep(section: unknown, layer: ConfigLayer, fallbackName: string): Sweep {
  if (!isSection(section))
    throw new ConfigError(
      `${layer.origin(['sweep'])}: sweep: expected a section of keys, for example {trainer.seed: [1, 2, 3]}`,
      { path: 'sweep' },
    );
  const swept = Object.keys(section).filter(isSetting);
  const ranges = swept.map((key) => [key, z.unknown().superRefine(checkRange)] as const);
  const schema = z.strictObject({ sweep: z.strictObject({ ...options, ...Object.fromEntries(ranges) }) });
  const value: RawSection = { sweep: section };
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw explainIssues(
      parsed.error.issues,
      value,
      [layer],
      configJsonSchema(z.object({ sweep: z.strictObject(options) })),
    );
  const { name, metric, mode, samples, seed, asha, scenes, configs } = parsed.data.sweep;
  const keys = swept.map((key) => rangeOf(key, section[key]));
  const fail = (key: string, text: string): never => {
    throw new ConfigError(`${layer.origin(['sweep', key])}: sweep.${key}: ${text}`, { path: `sweep.${key}` });
  };
  const isDrawn = keys.some(({ kind }) => kind !== 'grid');
  if (isDrawn && samples === undefined) fail('samples', 'missing: how many draws are to be made?');
  if (!isDrawn && samples !== undefined) fail('samples', 'there is nothing to draw: all keys are lists');
  if (asha?.maxSteps !== undefined && asha.minSteps !== undefined && asha.maxSteps <= asha.minSteps)
    fail('asha', `maxSteps ${asha.maxSteps} is not above minSteps ${asha.minSteps}`);
  return {
    name: name ?? nameOf(fallbackName, fail),
    metric,
    mode,
    scenes: labelsOf(scenes, 'scenes', fail),
    configs: labelsOf(configs, 'configs', fail),
    keys,
    samples: samples ?? 1,
    seed,
    ...(asha && { asha }),
  };
}

/**
 * Of 27 runs, in 500 random orders, a ratio of 27 makes 14 percent of the steps of the full grid, 34 at the worst; one of 9 makes 30, 50 at the
 * worst (docs/fleet.md).
 */
const defaultRatio = 27;

/** The steps that runs of successive halving come to. @param ofRuns steps of a whole run, at least 2 */
export function ladderOf(
  { minSteps, maxSteps, reductionFactor }: SweepAsha,
  ofRuns: number,
): readonly number[] {
  const top = maxSteps ?? ofRuns;
  return rungSteps({ minSteps: minSteps ?? Math.ceil(top / defaultRatio), maxSteps: top, reductionFactor });
}

/** A dotted key, or one of the configuration's own that is not inside a section. */
function isSetting(key: string): boolean {
  return key.includes('.') || (key in configSchema.shape && !(key in options));
}

function checkRange(given: unknown, context: z.RefinementCtx): void {
  const message = whatIsWrong(given);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
}

/** What keeps a value from being several; undefined if nothing does. */
function whatIsWrong(given: unknown): string | undefined {
  if (Array.isArray(given)) return given.length === 0 ? 'the list is empty' : undefined;
  const [[kind, inner] = [], second] = isSection(given) ? Object.entries(given) : [];
  if (kind === undefined || second !== undefined) return form;
  if (kind === 'choice')
    return Array.isArray(inner) && inner.length > 0 ? undefined : 'choice: expected a list of values';
  if (kind !== 'uniform' && kind !== 'logUniform') return form;
  const [from, to] = Array.isArray(inner) && inner.length === 2 ? inner : [];
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to))
    return `${kind}: expected two numbers, the smaller one first`;
  return kind === 'logUniform' && from <= 0 ? 'logUniform: expected two numbers above 0' : undefined;
}

function rangeOf(key: string, given: unknown): SweptKey {
  if (Array.isArray(given)) return { key, kind: 'grid', values: given as Plain[] };
  const [[kind, inner]] = Object.entries(given as object) as [[string, Plain[]]];
  if (kind === 'choice') return { key, kind, values: inner };
  const [from, to] = inner as number[];
  return { key, kind: kind as 'uniform' | 'logUniform', from: from!, to: to! };
}

type Fail = (key: string, text: string) => never;

function nameOf(fallback: string, fail: Fail): string {
  const parsed = runNameSchema.safeParse(fallback);
  return parsed.success
    ? parsed.data
    : fail('name', `missing, and the file's name ${fallback} is none for a folder`);
}

/** Labels of a list are the last parts of paths, without what says that they are config files. */
function labelsOf(
  given: readonly string[] | Readonly<Record<string, string>> | undefined,
  what: 'scenes' | 'configs',
  fail: Fail,
): readonly Labelled[] {
  if (given === undefined) return [];
  if (!Array.isArray(given))
    return Object.entries(given as Record<string, string>).map(([label, value]) => ({ label, value }));
  const labels = given.map((value: string) => {
    const last =
      value
        .replace(/[\\/]+$/, '')
        .split(/[\\/]/)
        .at(-1) ?? value;
    return { label: sanitizedName(last.replace(/\.ya?ml$/i, '')), value };
  });
  const twice = labels.find(({ label }, at) => labels.findIndex((other) => other.label === label) !== at);
  if (twice)
    fail(
      what,
      `two of them would be called ${twice.label}: give them names, for example {one: ${twice.value}, ...}`,
    );
  return labels;
}
