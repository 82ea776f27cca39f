/**
 * Quality against training time: mean PSNR of all held-out views at full size after so many seconds of training (evaluation not
 * counted), with the default config. Scenes lie in NERFSTREAM_DATA_DIR; the demo scene is made when there are none.
 *
 *   npx tsx bench/timeToQuality.ts [--scenes fox,mic-200] [--seconds 15,30,60] [--json FILE] [key=value ...]
 *
 * The file (points by scene) is what scripts/plotQuality.ts draws.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../src/config/loadConfig.ts';
import { createOptimizers } from '../src/optimizers/createOptimizers.ts';
import { withAverages } from '../src/optimizers/withAverages.ts';
import { createPipeline } from '../src/pipeline/createPipeline.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { createSchedulers } from '../src/schedulers/createSchedulers.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { isMain, type Measurement, report } from './report.ts';
import { foxOrDemo } from './support/foxOrDemo.ts';
import { askedScene, dataRoot, numbersIn, sceneArguments } from './support/sceneArguments.ts';

export interface QualityPoint {
  readonly scene: string;
  readonly seconds: number;
  readonly steps: number;
  readonly psnr: number;
  readonly ssim: number;
  /** Milliseconds to render and compare one held-out view. */
  readonly evalMs: number;
  readonly residentMegabytes: number;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Trains on one scene and evaluates (by default: all held-out views) whenever one of `seconds` of training have passed. */
export async function benchTimeToQuality(
  data: string,
  seconds: readonly number[],
  assignments: readonly string[] = [],
  onPoint: (point: QualityPoint) => void = () => {},
  evaluate: (pipeline: Pipeline, step: number) => Quality = evaluateAll,
): Promise<QualityPoint[]> {
  const config = await loadConfig('instant-ngp', { data }, assignments);
  const engine = await createEngine(config);
  const pipeline = await createPipeline(config, engine, silent);
  const optimizers = createOptimizers(pipeline.groups, config.groups, engine);
  const schedulers = createSchedulers(config.groups);
  const points: QualityPoint[] = [];
  let trained = 0;
  let step = 0;
  for (const limit of seconds) {
    while (trained < limit * 1000) {
      const began = performance.now();
      step++;
      const { gradients } = pipeline.trainStep(step);
      const moved = optimizers.check(gradients, step);
      for (const group of moved) optimizers.apply(group, gradients, schedulers.learningRate(group));
      schedulers.step(moved);
      pipeline.commit?.(step);
      trained += performance.now() - began;
    }
    const quality = withAverages(engine, pipeline.groups, optimizers.state(), () => evaluate(pipeline, step));
    const point = { scene: path.basename(data), seconds: limit, steps: step, ...quality };
    points.push(point);
    onPoint(point);
  }
  optimizers.dispose();
  pipeline.dispose();
  engine.dispose();
  return points;
}

/** What an evaluation says of a pipeline. */
export type Quality = Pick<QualityPoint, 'psnr' | 'ssim' | 'evalMs' | 'residentMegabytes'>;

function evaluateAll(pipeline: Pipeline): Quality {
  const began = performance.now();
  let [psnr, ssim, count] = [0, 0, 0];
  for (let index = 0; ; index++) {
    const evaluation = pipeline.evalImage?.(index);
    if (!evaluation) break;
    psnr += evaluation.metrics['psnr']!;
    ssim += evaluation.metrics['ssim']!;
    count++;
  }
  return {
    psnr: psnr / count,
    ssim: ssim / count,
    evalMs: (performance.now() - began) / count,
    residentMegabytes: process.memoryUsage().rss / 2 ** 20,
  };
}

async function main(): Promise<void> {
  const given = sceneArguments({ json: { type: 'string' } });
  const seconds = numbersIn(given.seconds ?? '15,30,60');
  const mic = path.join(dataRoot, 'mic-200');
  const scenes = given.scenes?.split(',').map(askedScene) ?? [
    await foxOrDemo(),
    ...(existsSync(mic) ? [mic] : []),
  ];
  const results: Record<string, QualityPoint[]> = {};
  for (const scene of scenes)
    results[path.basename(scene)] = await benchTimeToQuality(
      scene,
      seconds,
      given.assignments,
      ({ scene: name, seconds: passed, psnr, ssim, steps }) =>
        console.log(
          `${name} ${passed} s: PSNR ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(3)}, ${steps} steps`,
        ),
    );
  if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(results, null, 2)}\n`);
  await report('timeToQuality', Object.values(results).flat().flatMap(measurementsOf));
}

function measurementsOf({ scene, seconds, psnr, evalMs, residentMegabytes }: QualityPoint): Measurement[] {
  const what = `${scene} after ${seconds} s`;
  return [
    { what: `${what}: PSNR`, unit: 'dB', ours: psnr, moreIsBetter: true },
    { what: `${what}: one view`, unit: 'ms', ours: evalMs },
    { what: `${what}: resident memory`, unit: 'MB', ours: residentMegabytes },
  ];
}

if (isMain(import.meta.url)) await main();
