/**
 * What the defaults give on every scene there is: mean PSNR of the held-out photos, each scene with each model, after so many seconds of
 * training (or steps, on a machine that is busy with other things). Scenes are those of NERFSTREAM_DATA_DIR, its `captures`, and the `cases` beside it
 * that photos are to be trained well from; `mic-opaque` is mic over white, without alpha. A scene that fails is said, and the others go on.
 *
 *   npm run bench -- captures
 *   npx tsx bench/captures.ts [--scenes fox,nadir] [--models instant-ngp,splat] [--seconds 60 | --steps 1500] [key=value ...]
 */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { createTrainer } from '../machines/createTrainer.ts';
import { silentLog } from '../machines/trainerOptions.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import { isMain, type Measurement, report } from './report.ts';
import { dataRoot, numbersIn, sceneArguments } from './support/sceneArguments.ts';

interface CaptureScene {
  /** Its folder, as seen from NERFSTREAM_DATA_DIR. */
  readonly folder: string;
  /** Its photos are put over white first. */
  readonly opaque?: true;
  /** dB of instant-ngp after 60 s before frames of reference were chosen and it had a horizon. */
  readonly before?: number;
  /** dB that each model is to reach in 60 s. */
  readonly aims?: Readonly<Record<string, number>>;
}

const scenes: Readonly<Record<string, CaptureScene>> = {
  fox: { folder: 'fox', before: 28.9, aims: { 'instant-ngp': 28.7 } },
  'mic-200': { folder: 'mic-200', before: 35.0 },
  'mic-opaque': { folder: 'mic-200', opaque: true, before: 21.3, aims: { 'instant-ngp': 33.5 } },
  fruit: { folder: 'captures/fruit', before: 19.3, aims: { 'instant-ngp': 24.5, splat: 27.8 } },
  cattoy: { folder: 'captures/cattoy', before: 27.9, aims: { 'instant-ngp': 28.5, splat: 28.5 } },
  hex: { folder: 'captures/hex', before: 24.2, aims: { 'instant-ngp': 25.5, splat: 27 } },
  nadir: { folder: '../cases/nadir', before: 13.2, aims: { 'instant-ngp': 23, splat: 24 } },
  'ring-few-views': {
    ...{ folder: '../cases/ring-few-views', before: 12.9 },
    aims: { 'instant-ngp': 23, splat: 24 },
  },
  'blender-real-surroundings': {
    ...{ folder: '../cases/blender-real-surroundings', before: 12.0 },
    aims: { 'instant-ngp': 24 },
  },
};

/** What a run may take. */
type Budget = { readonly maxSeconds: number } | { readonly maxSteps: number };

/** Trains the model with its defaults (and the `assignments`) on the data set, in memory. */
async function trainOn(data: string, method: string, trainer: Budget, assignments: readonly string[]) {
  const evaluate = { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 };
  const config = await loadConfig(method, { data, trainer, evaluate }, assignments);
  return createTrainer(config, { runDir: null, sinks: [], log: silentLog }).done;
}

/** The blender scene in `folder` over white, without alpha, as renderers that save no transparency write it. */
async function writeOpaque(folder: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'nerfstream-opaque-'));
  await cp(folder, copy, { recursive: true });
  for (const name of await readdir(copy, { recursive: true }))
    if (name.endsWith('.png')) {
      const picture = await sharp(path.join(folder, name)).flatten({ background: 'white' }).png().toBuffer();
      await sharp(picture).toFile(path.join(copy, name));
    }
  return copy;
}

/** @returns the scenes that were asked for and are there, and says which are not @throws RangeError for a name that is none */
function chosenScenes(names: readonly string[]): (CaptureScene & { readonly name: string })[] {
  return names.flatMap((name) => {
    const scene = scenes[name];
    if (!scene)
      throw new RangeError(`no scene is called ${name}; there are: ${Object.keys(scenes).join(', ')}`);
    if (existsSync(path.join(dataRoot, scene.folder))) return [{ name, ...scene }];
    console.log(`${name}: left out, ${path.join(dataRoot, scene.folder)} is not there`);
    return [];
  });
}

async function main(): Promise<void> {
  const given = sceneArguments({
    models: { type: 'string', default: 'instant-ngp,splat' },
    steps: { type: 'string' },
  });
  const models = given.models.split(',');
  const [maxSeconds = 60] = numbersIn(given.seconds ?? '60');
  const [maxSteps] = given.steps === undefined ? [] : numbersIn(given.steps);
  const budget = maxSteps === undefined ? { maxSeconds } : { maxSteps };
  const measurements: Measurement[] = [];
  const failed: string[] = [];
  for (const { name, folder, opaque, before, aims } of chosenScenes(
    given.scenes?.split(',') ?? Object.keys(scenes),
  )) {
    const source = path.join(dataRoot, folder);
    const data = opaque ? await writeOpaque(source) : source;
    for (const model of models)
      try {
        const { eval: held, steps, trainSeconds } = await trainOn(data, model, budget, given.assignments);
        const psnr = held?.psnr ?? Number.NaN;
        const what = `${name}, ${model}`;
        console.log(`${what}: ${psnr.toFixed(2)} dB after ${steps} steps in ${trainSeconds.toFixed(0)} s`);
        measurements.push({
          ...{ what, unit: 'dB', ours: psnr, moreIsBetter: true },
          ...(before !== undefined && { reference: { name: 'instant-ngp before', value: before } }),
          ...(aims?.[model] !== undefined && { bound: aims[model] }),
        });
      } catch (error) {
        failed.push(`${name}, ${model}`);
        console.log(`${name}, ${model}: failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    if (data !== source) await rm(data, { recursive: true });
  }
  await report('captures', measurements, failed.length > 0 ? [`failed: ${failed.join('; ')}`] : []);
  if (failed.length > 0) process.exitCode = 1;
}

if (isMain(import.meta.url)) await main();
