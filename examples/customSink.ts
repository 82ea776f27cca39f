/**
 * A sink of one's own: says so whenever the held-out PSNR is better than ever before.
 *
 *   npx tsx examples/customSink.ts
 *
 * The same file serves a run of the command line, compiled to JavaScript and named in its config:
 *
 *   sinks:
 *     - module: customSink.js
 */
import { distinctUntilChanged, filter, map, scan, tap } from 'rxjs';
import { createTrainer, defineConfig, isScalar, type SinkFunction } from '../src/index.ts';
import { sinePipeline } from './sinePipeline.ts';

/** Calls `notify` with every new best value of `eval/psnr`. */
export function bestPsnr(notify: (psnr: number) => void): SinkFunction {
  return (metrics$) =>
    metrics$.pipe(
      filter(isScalar('eval/psnr')),
      map(({ value }) => value),
      scan((best, psnr) => Math.max(best, psnr), Number.NEGATIVE_INFINITY),
      distinctUntilChanged(),
      tap(notify),
    );
}

/** What a config that names this module gets. */
export const sink = bestPsnr((psnr) => console.log(`new best: ${psnr.toFixed(2)} dB`));

if (process.argv[1]?.includes('customSink')) {
  const config = defineConfig({
    method: 'sine',
    threads: 1,
    groups: { network: { optimizer: { kind: 'adam', learningRate: 0.02 } } },
    trainer: { maxSteps: 300 },
    evaluate: { allImagesEverySteps: 50 },
  });
  const pipeline = () => sinePipeline(config.trainer.seed);
  await createTrainer(config, { pipeline, sinks: [sink], runDir: null }).done;
}
