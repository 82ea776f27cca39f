/**
 * What the defaults give on every scene there is: mean PSNR of the held-out photos, each scene with each method, after so many seconds of
 * training (or steps, on a machine that is busy with other things). Scenes are the folders of NERFSTREAM_DATA_DIR with a transforms file,
 * those of its `captures`, and the `cases` beside it that photos are to be trained well from; `mic-opaque` is mic over white, without alpha.
 *
 *   npm run bench -- captures
 *   npx tsx bench/captures.ts [--scenes fox,nadir] [--methods instant-ngp,splat] [--seconds 60 | --steps 1500] [key=value ...]
 */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createTrainer } from '../machines/createTrainer.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import { isMain, type Measurement, report } from './report.ts';

/** What a run may take: seconds of training, or steps. */
interface Budget {
  readonly seconds?: number;
  readonly steps?: number;
}

const scenes = [
  'fox',
  'mic-200',
  'mic-opaque',
  'captures/fruit',
  'captures/cattoy',
  'captures/hex',
  '../cases/nadir',
  '../cases/ring-few-views',
  '../cases/blender-real-surroundings',
];

/** Trains `method` with its defaults (and the `assignments`) on the data set, in memory. */
async function trainOn(
  data: string,
  method: string,
  { seconds, steps }: Budget,
  assignments: readonly string[],
) {
  const trainer = {
    ...(seconds !== undefined && { maxSeconds: seconds }),
    ...(steps !== undefined && { maxSteps: steps }),
  };
  const config = await loadConfig(
    method,
    { data, trainer, evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 } },
    assignments,
  );
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (_: object, message: string) => console.error(message),
  };
  return createTrainer(config, { runDir: null, sinks: [], log }).done;
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

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      scenes: { type: 'string' },
      methods: { type: 'string', default: 'instant-ngp,splat' },
      seconds: { type: 'string' },
      steps: { type: 'string' },
      peers: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const root = process.env['NERFSTREAM_DATA_DIR'] ?? path.resolve(import.meta.dirname, '../../shared/data');
  const wanted = values.scenes?.split(',');
  const budget =
    values.steps === undefined ? { seconds: Number(values.seconds ?? 60) } : { steps: Number(values.steps) };
  const measurements: Measurement[] = [];
  for (const scene of scenes) {
    const name = path.basename(scene);
    const source = path.join(root, scene === 'mic-opaque' ? 'mic-200' : scene);
    if ((wanted && !wanted.includes(name)) || !existsSync(source)) continue;
    const data = scene === 'mic-opaque' ? await writeOpaque(source) : source;
    for (const method of values.methods.split(',')) {
      const summary = await trainOn(data, method, budget, positionals);
      const psnr = summary.eval?.psnr ?? Number.NaN;
      const what = `${name}, ${method}, ${summary.steps} steps in ${summary.trainSeconds.toFixed(0)} s`;
      console.log(`${what}: ${psnr.toFixed(2)} dB`);
      measurements.push({ what, unit: 'dB', ours: psnr, moreIsBetter: true });
    }
    if (data !== source) await rm(data, { recursive: true });
  }
  await report('captures', measurements);
}

if (isMain(import.meta.url)) await main();
