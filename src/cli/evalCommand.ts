/** `nerfstream eval`: how close runs come to photos, image by image and on average. */
import path from 'node:path';
import type { OpenRun } from '../../machines/openRun.ts';
import type { Image } from '../data/image.ts';
import { ConfigError } from '../errors.ts';
import { writeExport } from '../export/writeExport.ts';
import { evaluateViews } from '../render/evaluateViews.ts';
import { evaluationPage, type PageRun, type PageView, pageView } from '../render/evaluationPage.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { writePicture } from '../runFolder/writePicture.ts';
import { UsageError } from './cliErrors.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { openRunToShow, type ShowOptions } from './openRunToShow.ts';
import type { ProgressDisplay } from './progressDisplay.ts';
import { shownPath } from './shownPath.ts';
import { textTable } from './textTable.ts';

export interface EvalOptions extends ShowOptions {
  readonly split: 'train' | 'eval';
  readonly csv?: string;
  readonly html?: string;
}

interface Metrics {
  readonly psnr: number;
  readonly ssim: number;
  readonly rays_per_second: number;
}

/** What is printed of a run with `--json`; `renders` are seen from its folder. */
interface EvaluatedRun extends Metrics {
  readonly run: string;
  readonly step: number;
  readonly split: 'train' | 'eval';
  readonly images: readonly (Metrics & { readonly name: string; readonly render: string })[];
}

/** @returns the exit code */
export async function evalCommand(runDirs: readonly string[], options: EvalOptions): Promise<number> {
  if (new Set(runDirs.map((runDir) => path.resolve(runDir))).size < runDirs.length)
    throw new UsageError('a run is named twice');
  const interruption = new AbortController();
  const stopListening = handleInterrupts(
    () => interruption.abort(),
    () => {},
  );
  try {
    const results: EvaluatedRun[] = [];
    const pages: PageRun[] = [];
    for (const runDir of runDirs) {
      const { result, views } = await evaluate(runDir, options, interruption.signal);
      results.push(result);
      pages.push({
        title: `${shownPath(runDir)}, step ${result.step}`,
        psnr: result.psnr,
        ssim: result.ssim,
        views,
      });
    }
    if (options.csv !== undefined) await writeExport(options.csv, csvOf(results));
    if (options.html !== undefined) await writeExport(options.html, evaluationPage(pages));
    print(results, options);
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    return interruptedExitCode;
  } finally {
    stopListening();
  }
}

/** Evaluates one run and writes its renders. */
async function evaluate(runDir: string, options: EvalOptions, signal: AbortSignal) {
  const opened = await openRunToShow(runDir, options);
  const { run, display } = opened;
  try {
    const views: PageView[] = [];
    const images: EvaluatedRun['images'][number][] = [];
    const frames = framesOf(run, options.split, runDir);
    const folder = rendersFolder(run, options);
    const before = options.split === 'train' ? 0 : run.scene.train.length;
    const model = {
      render: run.render,
      checkPhoto: (index: number, image: Image) => run.checkPhoto(before + index, image),
    };
    for await (const view of evaluateViews(model, frames, run.config.data.background, signal)) {
      const render = `${folder}/${String(view.index).padStart(5, '0')}.png`;
      await writePicture(runPaths(runDir).folder, render, view.render);
      images.push({ name: view.name, render, ...view.metrics });
      if (options.html !== undefined) views.push(await pageView(view));
      shown(display, images.length, frames.length);
    }
    const { step } = run;
    const result: EvaluatedRun = {
      run: shownPath(runDir),
      step,
      split: options.split,
      ...meansOf(images),
      images,
    };
    return { result, views };
  } finally {
    display?.clear();
    opened.dispose();
  }
}

function shown(display: ProgressDisplay | undefined, done: number, total: number): void {
  display?.show({ what: 'evaluating images', done, total });
}

function framesOf({ scene }: OpenRun, split: 'train' | 'eval', runDir: string) {
  if (scene[split].length > 0) return scene[split];
  throw new ConfigError(`${runDir}: the run's data set has no held-out images; choose --split train.`);
}

/** Seen from the run's folder. Renders that the run's own summary speaks of stay as they are, whatever else is evaluated. */
function rendersFolder({ step }: OpenRun, { split, step: asked }: EvalOptions): string {
  if (split === 'eval' && asked === 'latest') return 'eval';
  return `eval/${split}-step-${String(step).padStart(9, '0')}`;
}

function meansOf(images: readonly Metrics[]): Metrics {
  const mean = (name: keyof Metrics) => images.reduce((sum, image) => sum + image[name], 0) / images.length;
  return { psnr: mean('psnr'), ssim: mean('ssim'), rays_per_second: mean('rays_per_second') };
}

function csvOf(results: readonly EvaluatedRun[]): string {
  const quoted = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = results.flatMap(({ run, step, split, images }) =>
    images.map(({ name, psnr, ssim }) => [quoted(run), step, split, quoted(name), psnr, ssim].join(',')),
  );
  return `run,step,split,image,psnr,ssim\n${rows.join('\n')}\n`;
}

function print(results: readonly EvaluatedRun[], { json, csv, html }: EvalOptions): void {
  const [only] = results;
  if (json) {
    process.stdout.write(`${JSON.stringify(results.length === 1 ? only : results)}\n`);
    return;
  }
  const files = [csv, html].flatMap((file) => (file === undefined ? [] : [`${shownPath(file)}\n`])).join('');
  if (results.length > 1 || only === undefined) {
    const head = ['run', 'step', 'images', 'PSNR (dB)', 'SSIM'];
    const rows = results.map(({ run, step, images, psnr, ssim }) => [
      ...[run, `${step}`, `${images.length}`, psnr.toFixed(2), ssim.toFixed(4)],
    ]);
    process.stdout.write(textTable([head, ...rows]) + files);
    return;
  }
  for (const { name, psnr, ssim } of only.images)
    process.stdout.write(`${psnr.toFixed(2)} dB  SSIM ${ssim.toFixed(4)}  ${name}\n`);
  const renders = shownPath(path.join(only.run, path.dirname(only.images[0]!.render)));
  process.stdout.write(
    `mean of ${only.images.length} images at step ${only.step}: PSNR ${only.psnr.toFixed(2)} dB, SSIM ${only.ssim.toFixed(4)}\nrenders: ${renders}\n${files}`,
  );
}
