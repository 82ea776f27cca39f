/**
 * Whether training depends on luck: many short runs of each scene, each with a seed of its own, and the PSNR of held-out rays at their end.
 * A run that collapsed - nothing but background, for ever - stands out by many decibels.
 *
 *   npx tsx bench/seeds.ts [--scenes fox,mic-200] [--seeds 20] [--seconds 10]
 */
import path from 'node:path';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { isMain, type Measurement, report } from './report.ts';
import { dataRoot, numbersIn, sceneArguments } from './support/sceneArguments.ts';
import { benchTimeToQuality, type Quality } from './timeToQuality.ts';

/** Further below the median than this is a collapse; lucky and unlucky runs differ by less than one. */
const collapseDecibels = 3;

function heldOutRays(pipeline: Pipeline, step: number): Quality {
  const psnr = pipeline.evalBatch?.(step)['psnr'] ?? Number.NaN;
  return { psnr, ssim: Number.NaN, evalMs: 0, residentMegabytes: process.memoryUsage().rss / 2 ** 20 };
}

async function main(): Promise<void> {
  const {
    scenes = 'fox,mic-200',
    seconds = '10',
    seeds,
  } = sceneArguments({ seeds: { type: 'string', default: '20' } });
  const measurements: Measurement[] = [];
  for (const scene of scenes.split(',')) {
    const results: number[] = [];
    for (let seed = 1; seed <= Number(seeds); seed++) {
      const [point] = await benchTimeToQuality(
        path.join(dataRoot, scene),
        numbersIn(seconds).slice(0, 1),
        [`trainer.seed=${seed}`],
        () => {},
        heldOutRays,
      );
      results.push(point!.psnr);
      console.log(`${scene} seed ${seed}: ${point!.psnr.toFixed(2)} dB after ${point!.steps} steps`);
    }
    const sorted = results.toSorted((one, other) => one - other);
    const median = sorted[sorted.length >> 1]!;
    const collapsed = results.filter((psnr) => !(psnr > median - collapseDecibels)).length;
    const what = `${scene}, ${results.length} seeds, ${seconds} s`;
    measurements.push(
      { what: `${what}: worst PSNR`, unit: 'dB', ours: sorted[0]!, moreIsBetter: true },
      { what: `${what}: median`, unit: 'dB', ours: median, moreIsBetter: true },
      { what: `${what}: collapsed`, unit: 'runs', ours: collapsed, bound: 0 },
    );
  }
  await report('seeds', measurements);
}

if (isMain(import.meta.url)) await main();
