/** `nerfstream eval`: how close runs come to photos, image by image and on average. */
import path from 'node:path';
import type { OpenRun } from '../../machines/openRun.ts';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import type { Image } from '../data/image.ts';
import { ConfigError } from '../errors.ts';
import { checkExport, writeExport } from '../export/writeExport.ts';
import type { Lpips } from '../losses/lpips.ts';
import { evaluateViews, type ViewMetrics } from '../render/evaluateViews.ts';
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
  /** File of the weights that LPIPS needs. */
  readonly lpips?: string;
}

/** What is printed of a run with `--json`; `renders` are seen from its folder. */
interface EvaluatedRun extends ViewMetrics {
  readonly run: string;
  readonly step: number;
  readonly split: 'train' | 'eval';
  readonly images: readonly (ViewMetrics & { readonly name: string; readonly render: string })[];
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
    for (const file of [options.csv, options.html]) if (file !== undefined) await checkExport(file);
    const lpips = await lpipsOf(options.lpips);
    const results: EvaluatedRun[] = [];
    const pages: PageRun[] = [];
    for (const runDir of runDirs) {
      const { result, views } = await evaluate(runDir, options, interruption.signal, lpips);
      results.push(result);
      pages.push({
        title: `${shownPath(runDir)}, step ${result.step}`,
        psnr: result.psnr,
        ssim: result.ssim,
        lpips: result.lpips,
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
async function evaluate(runDir: string, options: EvalOptions, signal: AbortSignal, lpips: Lpips | undefined) {
  const opened = await openRunToShow(runDir, options);
  const { run, display } = opened;
  try {
    const views: PageView[] = [];
    const images: EvaluatedRun['images'][number][] = [];
    const frames = framesOf(run, options.split, runDir);
    const folder = rendersFolder(run, options);
    const before = options.split === 'train' ? 0 : run.scene.train.length;
    const { background } = run.config.data;
    const measured: Lpips | undefined =
      lpips &&
      ((...images) => {
        run.engine.activate();
        return lpips(...images);
      });
    const model = {
      render: run.render,
      checkPhoto: (index: number, image: Image) => run.checkPhoto(before + index, image),
    };
    for await (const view of evaluateViews(model, frames, background, signal, measured)) {
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

function meansOf(images: readonly ViewMetrics[]): ViewMetrics {
  const mean = (name: keyof ViewMetrics) =>
    images.reduce((sum, image) => sum + (image[name] ?? Number.NaN), 0) / images.length;
  const hasLpips = images.every(({ lpips }) => lpips !== undefined);
  return {
    psnr: mean('psnr'),
    ssim: mean('ssim'),
    ...(hasLpips && { lpips: mean('lpips') }),
    rays_per_second: mean('rays_per_second'),
  };
}

function csvOf(results: readonly EvaluatedRun[]): string {
  const quoted = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = results.flatMap(({ run, step, split, images }) =>
    images.map(({ name, psnr, ssim, lpips }) =>
      [quoted(run), step, split, quoted(name), psnr, ssim, ...given(lpips)].join(','),
    ),
  );
  const more = results.some(({ lpips }) => lpips !== undefined) ? ',lpips' : '';
  return `run,step,split,image,psnr,ssim${more}\n${rows.join('\n')}\n`;
}

/** @throws DataError for a file that does not hold what LPIPS needs */
async function lpipsOf(file: string | undefined): Promise<Lpips | undefined> {
  if (file === undefined) return undefined;
  const { createLpips } = await import('../losses/lpips.ts');
  return createLpips(await readSafetensors(file), shownPath(file));
}

/** What a table has of a number that is not always there. */
function given(value: number | undefined): readonly number[] {
  return value === undefined ? [] : [value];
}

function print(results: readonly EvaluatedRun[], { json, csv, html }: EvalOptions): void {
  const [only] = results;
  if (json) {
    process.stdout.write(`${JSON.stringify(results.length === 1 ? only : results)}\n`);
    return;
  }
  const files = [csv, html].flatMap((file) => (file === undefined ? [] : [`${shownPath(file)}\n`])).join('');
  if (results.length > 1 || only === undefined) {
    const more = results.some(({ lpips }) => lpips !== undefined) ? ['LPIPS'] : [];
    const head = ['run', 'step', 'images', 'PSNR (dB)', 'SSIM', ...more];
    const rows = results.map(({ run, step, images, psnr, ssim, lpips }) => [
      ...[run, `${step}`, `${images.length}`, psnr.toFixed(2), ssim.toFixed(4)],
      ...given(lpips).map((value) => value.toFixed(4)),
    ]);
    process.stdout.write(textTable([head, ...rows]) + files);
    return;
  }
  for (const { name, psnr, ssim, lpips } of only.images)
    process.stdout.write(
      `${psnr.toFixed(2)} dB  SSIM ${ssim.toFixed(4)}  ${given(lpips).map((value) => `LPIPS ${value.toFixed(4)}  `)}${name}\n`,
    );
  const renders = shownPath(path.join(only.run, path.dirname(only.images[0]!.render)));
  process.stdout.write(
    `mean of ${only.images.length} images at step ${only.step}: PSNR ${only.psnr.toFixed(2)} dB, SSIM ${only.ssim.toFixed(4)}${given(only.lpips).map((value) => `, LPIPS ${value.toFixed(4)}`)}\nrenders: ${renders}\n${files}`,
  );
}
