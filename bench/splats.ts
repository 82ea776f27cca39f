/**
 * What a training step of splats costs, kernel by kernel, while their number grows; and a view of them. Scenes lie in
 * NERFSTREAM_DATA_DIR; the demo scene is made when it has none.
 *
 *   npx tsx bench/splats.ts [--data FOLDER] [--preset splat-fast] [--steps 3000] [--intervals 3] [--threads 2] [key=value ...]
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config/loadConfig.ts';
import type { KernelPool } from '../src/kernels/kernelPool.ts';
import { createOptimizers } from '../src/optimizers/createOptimizers.ts';
import { createPipeline } from '../src/pipeline/createPipeline.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { createSchedulers } from '../src/schedulers/createSchedulers.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { needed } from '../src/tensors/engine.ts';
import { kernelsInPlace } from '../src/tensors/kernelEngine.ts';
import { isMain, type Measurement, report } from './report.ts';
import { foxOrDemo } from './support/foxOrDemo.ts';
import { askedScene } from './support/sceneArguments.ts';

export interface SplatsBench {
  readonly data: string;
  readonly preset: string;
  readonly threads: number;
  readonly steps: number;
  /** Parts of the run that are reported apart. */
  readonly intervals: number;
  readonly assignments: readonly string[];
}

/** Milliseconds a step, in all and by kernel, in one part of a run; means over its steps. */
export interface SplatsInterval {
  readonly untilStep: number;
  readonly splats: number;
  readonly stepMs: number;
  readonly kernelMs: Readonly<Record<string, number>>;
}

/** Trains, and then renders the held-out views. */
export async function benchSplats(options: SplatsBench) {
  const { data, preset, threads, steps, intervals: parts, assignments } = options;
  const config = await loadConfig(preset, { data }, [...assignments, `threads=${threads}`]);
  const engine = await createEngine(config);
  const times = timeKernels(needed(engine, kernelsInPlace, 'this benchmark'));
  const pipeline = await createPipeline(config, engine, { debug() {}, info() {}, warn() {}, error() {} });
  const optimizers = createOptimizers(pipeline.groups, config.groups, engine);
  const schedulers = createSchedulers(config.groups);
  const intervals: SplatsInterval[] = [];
  const each = Math.floor(steps / parts);
  for (let part = 1, step = 0; part <= parts; part++) {
    times.clear();
    const began = performance.now();
    for (let k = 0; k < each; k++) {
      step++;
      const { gradients } = pipeline.trainStep(step);
      const moved = optimizers.check(gradients, step);
      for (const group of moved) optimizers.apply(group, gradients, schedulers.learningRate(group));
      schedulers.step(moved);
      pipeline.commit?.(step, ({ groups, from }) => {
        for (const group of groups) optimizers.moveRows(group, from);
      });
    }
    const stepMs = (performance.now() - began) / each;
    const kernelMs = Object.fromEntries([...times].map(([kernel, ms]) => [kernel, ms / each]));
    const splats = pipeline.groups['opacities']![0]!.variable.shape[0]!;
    intervals.push({ untilStep: step, splats, stepMs, kernelMs });
  }
  const views = evaluate(pipeline);
  optimizers.dispose();
  pipeline.dispose();
  engine.dispose();
  return { intervals, ...views };
}

/** Lets the pool count how long each kernel runs. @returns milliseconds by kernel */
function timeKernels(kernels: KernelPool): Map<string, number> {
  const times = new Map<string, number>();
  for (const method of ['run', 'call'] as const) {
    const before = kernels[method].bind(kernels) as (kernel: string, ...rest: number[]) => unknown;
    const timed = (kernel: string, ...rest: number[]) => {
      const began = performance.now();
      const result = before(kernel, ...rest);
      times.set(kernel, (times.get(kernel) ?? 0) + performance.now() - began);
      return result;
    };
    Object.assign(kernels, { [method]: timed });
  }
  return times;
}

/** The fastest view, and the mean quality. */
function evaluate(pipeline: Pipeline) {
  let [psnr, viewMs, count] = [0, Infinity, 0];
  for (let index = 0; ; index++) {
    const evaluation = pipeline.evalImage?.(index);
    if (!evaluation) break;
    psnr += evaluation.metrics['psnr']!;
    const { width, height } = evaluation.render;
    viewMs = Math.min(viewMs, (width * height * 1000) / evaluation.metrics['rays_per_second']!);
    count++;
  }
  return { psnr: psnr / count, viewMs };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      data: { type: 'string' },
      preset: { type: 'string', default: 'splat-fast' },
      steps: { type: 'string', default: '3000' },
      intervals: { type: 'string', default: '3' },
      threads: { type: 'string', default: '2' },
      peers: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const data = values.data ? askedScene(values.data) : await foxOrDemo('fox/colmap');
  const [threads, steps, intervals] = [values.threads, values.steps, values.intervals].map(Number);
  const result = await benchSplats({
    data,
    preset: values.preset,
    threads: threads!,
    steps: steps!,
    intervals: intervals!,
    assignments: positionals,
  });
  const measurements = result.intervals.flatMap(measurementsOf);
  measurements.push({ what: 'one held-out view', unit: 'ms', ours: result.viewMs });
  measurements.push({ what: 'held-out PSNR', unit: 'dB', ours: result.psnr, moreIsBetter: true });
  await report('splats', measurements, [`${data}, ${values.preset}, ${threads} threads`]);
}

function measurementsOf({ untilStep, splats, stepMs, kernelMs }: SplatsInterval): Measurement[] {
  const until = `until step ${untilStep} (${splats} splats)`;
  return [
    { what: `a step ${until}`, unit: 'ms', ours: stepMs },
    ...Object.entries(kernelMs)
      .filter(([, ms]) => ms > 0.02)
      .map(([kernel, ms]) => ({ what: `  ${kernel}`, unit: 'ms', ours: ms })),
  ];
}

if (isMain(import.meta.url)) await main();
