/** A sweep file, read, planned, and with the configuration of every run checked: nothing has started then. */
import path from 'node:path';
import { canonicalJson } from '../checkpoint/canonicalJson.ts';
import type { Plain } from '../checkpoint/checkpoint.ts';
import { type ConfigLayer, layerOf, mergeSections, type RawSection, valueAt } from '../config/configLayer.ts';
import { configChain } from '../config/loadConfig.ts';
import { loadOwnKinds, resolvePaths } from '../config/namedFiles.ts';
import { parseAssignments } from '../config/parseAssignments.ts';
import { parseConfig } from '../config/parseConfig.ts';
import { readConfigFile } from '../config/readConfigFile.ts';
import type { Config } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import { type PlannedRun, planSweep } from './planSweep.ts';
import { trainedPart } from './runFolderState.ts';
import { type RunJob, runJobSchema } from './runJob.ts';
import { shortHash } from './runNaming.ts';
import { ladderOf, parseSweep, type Sweep } from './sweepSchema.ts';

/** A run of a sweep with all that it needs. */
export interface SweepRun extends PlannedRun {
  /** Without `stopAtStep`: what the run is when it is finished. */
  readonly job: RunJob;
  /** Of the whole configuration: runs with one hash are one run. */
  readonly configHash: string;
  /** Of what decides its bits and its length: a folder of this name with another one is another run's. */
  readonly trainedHash: string;
}

export interface LoadedSweep extends Sweep {
  readonly file: string;
  readonly runs: readonly SweepRun[];
  /** Steps of the rungs, with `asha`. */
  readonly ladder?: readonly number[];
}

const hashDigits = 16;

/**
 * Reads a sweep file. Settings on the command line are for all runs.
 * @throws ConfigError naming file and line, the run, the key, the value, and what is expected
 */
export async function loadSweep(file: string, assignments: readonly string[] = []): Promise<LoadedSweep> {
  const read = await readConfigFile(path.resolve(file));
  const { sweep: section, ...own } = read.value;
  if (section === undefined)
    throw new ConfigError(
      `${read.origin([])}: no section "sweep": it says what is tried, for example sweep: {trainer.seed: [1, 2]}`,
      {
        file: read.file,
        path: 'sweep',
      },
    );
  const folder = path.dirname(read.file);
  const sweep = parseSweep(section, read, path.basename(read.file).replace(/\.ya?ml$/i, ''));
  if (sweep.configs.length > 0 && read.extends !== undefined)
    throw new ConfigError(`${read.origin(['extends'])}: extends: sweep.configs says what each run extends`, {
      file: read.file,
      path: 'extends',
    });
  const commandLine = parseAssignments(assignments);
  for (const { key } of sweep.keys)
    if (valueAt(commandLine.value, key.split('.')) !== undefined)
      throw new ConfigError(`command line: ${key}: the sweep tries several values of it`, { path: key });
  const base = memoized((name: string) => configChain(name, folder));
  const runs: SweepRun[] = [];
  for (const planned of planSweep(sweep)) {
    const lower = await base(planned.config?.value ?? read.extends ?? 'splat');
    const layers = [...lower, { ...read, value: own }, sceneLayer(planned, folder), commandLine];
    runs.push(await checked(planned, sweep, [...layers, settingsLayer(planned, read, folder)], read));
  }
  const ladder = sweep.asha && commonLadder(sweep, runs);
  return { ...sweep, file: read.file, runs, ...(ladder && { ladder }) };
}

async function checked(
  planned: PlannedRun,
  sweep: Sweep,
  layers: readonly ConfigLayer[],
  file: ConfigLayer,
): Promise<SweepRun> {
  const { run } = planned;
  const config = await configOf(run, layers);
  const fail = (key: string, text: string): never => {
    const origin = layerOf(layers, key.split('.'))?.origin(key.split('.')) ?? file.origin(['sweep']);
    throw new ConfigError(`${ofRun(origin, run)}: ${key}: ${text}`, { path: key });
  };
  if (config.data.path === '') fail('data.path', 'missing: say where the photos are, or list sweep.scenes');
  if (!config.sinks.some((sink) => 'kind' in sink && sink.kind === 'jsonl'))
    fail('sinks', 'a sweep reads what runs measured from metrics.jsonl: add {kind: jsonl}');
  if (config.trainer.startPaused)
    fail('trainer.startPaused', 'true does not fit: the run would wait for ever');
  if (config.trainer.stopAtStep !== undefined)
    fail('trainer.stopAtStep', `${config.trainer.stopAtStep} does not fit: sweep.asha says where runs stop`);
  const data = JSON.parse(JSON.stringify(config)) as Plain & RawSection;
  return {
    ...planned,
    job: runJobSchema.parse({ sweep: sweep.name, run, config: data }),
    configHash: shortHash(canonicalJson(data), hashDigits),
    trainedHash: shortHash(canonicalJson([trainedPart(config), config.data.path]), hashDigits),
  };
}

async function configOf(run: string, layers: readonly ConfigLayer[]): Promise<Config> {
  try {
    return parseConfig(layers, await loadOwnKinds(layers));
  } catch (cause) {
    if (!(cause instanceof ConfigError) || cause.message.includes(`(run ${run})`)) throw cause;
    throw new ConfigError(`${cause.message} (run ${run})`, cause.at, { cause });
  }
}

function ofRun(origin: string, run: string): string {
  return origin.includes(`(run ${run})`) ? origin : `${origin} (run ${run})`;
}

function sceneLayer({ scene }: PlannedRun, folder: string): ConfigLayer {
  const value = scene ? { data: { path: path.resolve(folder, scene.value) } } : {};
  return { value, origin: () => 'sweep.scenes' };
}

/** What the run tries, over all else: an error about it says where the sweep says so. */
function settingsLayer({ run, settings }: PlannedRun, file: ConfigLayer, folder: string): ConfigLayer {
  const keys = Object.keys(settings);
  const value = keys.reduce<RawSection>((below, key) => {
    const nested = key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), settings[key]);
    return mergeSections(below, nested as RawSection);
  }, {});
  return {
    value: resolvePaths(value, folder),
    origin(at) {
      const dotted = at.map(String).join('.');
      const key = keys.find(
        (swept) => `${dotted}.`.startsWith(`${swept}.`) || swept.startsWith(`${dotted}.`),
      );
      return ofRun(file.origin(key === undefined ? ['sweep'] : ['sweep', key]), run);
    },
  };
}

/** All runs climb one ladder, and its top is within each run. @throws ConfigError */
function commonLadder({ asha }: Sweep, runs: readonly SweepRun[]): readonly number[] {
  const { minSteps = 1, maxSteps: top } = asha!;
  const fail = (text: string): never => {
    throw new ConfigError(`sweep.asha: ${text}`, { path: 'sweep.asha' });
  };
  const stepsOf = ({ job }: SweepRun) => (job.config as unknown as Config).trainer.maxSteps;
  const shortest = runs.reduce((a, b) => (stepsOf(b) < stepsOf(a) ? b : a));
  const least = stepsOf(shortest);
  if (top === undefined && runs.some((run) => stepsOf(run) !== least))
    fail('runs have different trainer.maxSteps: say with maxSteps where all of them are compared at last');
  if ((top ?? 0) > least)
    fail(`maxSteps ${top} is more than trainer.maxSteps ${least} (run ${shortest.run})`);
  if (minSteps >= (top ?? least))
    fail(`minSteps ${minSteps} is not below ${top ?? least}, the most that a run trains`);
  return ladderOf(asha!, least);
}

function memoized<T>(load: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const loaded = new Map<string, Promise<T>>();
  return (name) => {
    const found = loaded.get(name) ?? load(name);
    loaded.set(name, found);
    return found;
  };
}
