/** An evaluation as one page that needs nothing beside it: each photo, what the runs show in its place, and the difference. */
import sharp from 'sharp';
import { escapeMarkup } from '../escapeMarkup.ts';
import type { RgbImage } from '../pipeline/pipeline.ts';
import { sortedTableScript, sortedTableStyle } from '../sortedTable.ts';
import type { EvaluatedView } from './evaluateViews.ts';
import { differencePicture } from './framePicture.ts';

/** What a run's cells of a row show: pictures as `data:` addresses. */
export interface PageView extends Pick<EvaluatedView, 'name' | 'metrics'> {
  readonly photo: string;
  readonly render: string;
  readonly difference: string;
}

export interface PageRun {
  readonly title: string;
  readonly psnr: number;
  readonly ssim: number;
  readonly lpips?: number | undefined;
  readonly views: readonly PageView[];
}

const webpQuality = 90;

/** A view with its pictures encoded (WebP), so that the pixels need not be kept. */
export async function pageView({ name, metrics, photo, render }: EvaluatedView): Promise<PageView> {
  const [a, b, c] = await Promise.all(
    [photo, render, differencePicture(photo, render.data)].map(dataAddress),
  );
  return { name, metrics, photo: a!, render: b!, difference: c! };
}

/** @param runs at least one; their views belong together by name */
export function evaluationPage(runs: readonly PageRun[]): string {
  const names = [...new Set(runs.flatMap(({ views }) => views.map(({ name }) => name)))];
  const heads = runs.map(
    ({ title, lpips }) =>
      `<th data-sort>${escapeMarkup(title)}<br>PSNR (dB)</th><th data-sort>SSIM</th>${lpips === undefined ? '' : '<th data-sort>LPIPS</th>'}<th>render</th><th>difference</th>`,
  );
  const means = runs.map(
    ({ psnr, ssim, lpips }) =>
      `<td>${psnr.toFixed(2)}</td><td>${ssim.toFixed(4)}</td>${lpips === undefined ? '' : `<td>${lpips.toFixed(4)}</td>`}<td></td><td></td>`,
  );
  const rows = names.map((name) => {
    const views = runs.map((run) => run.views.find((view) => view.name === name));
    const photo = views.find((view) => view !== undefined)!.photo;
    return `<tr><td data-value="${escapeMarkup(name)}">${escapeMarkup(name)}</td><td>${picture(photo)}</td>${views.map((view, index) => cells(view, runs[index]!.lpips !== undefined)).join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nerfstream: evaluation</title>
<style>${sortedTableStyle}${style}</style>
<h1>Evaluation</h1>
<table>
<thead><tr><th data-sort>image</th><th>photo</th>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
<tfoot><tr><td>mean</td><td></td>${means.join('')}</tr></tfoot>
</table>
<script>${sortedTableScript}</script>
</html>
`;
}

function cells(view: PageView | undefined, withLpips: boolean): string {
  if (!view) return '<td></td>'.repeat(withLpips ? 5 : 4);
  const { psnr, ssim, lpips } = view.metrics;
  const third = lpips === undefined ? '' : `<td data-value="${lpips}">${lpips.toFixed(4)}</td>`;
  return `<td data-value="${psnr}">${psnr.toFixed(2)}</td><td data-value="${ssim}">${ssim.toFixed(4)}</td>${third}<td>${picture(view.render)}</td><td>${picture(view.difference)}</td>`;
}

function picture(address: string): string {
  return `<img loading="lazy" alt="" src="${address}">`;
}

async function dataAddress({ width, height, data }: RgbImage): Promise<string> {
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: webpQuality })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString('base64')}`;
}

const style = `
body { font: 14px system-ui, sans-serif; margin: 2em; }
th, td { vertical-align: top; }
img { max-width: 320px; height: auto; display: block; }
tfoot { font-weight: bold; }
`;
