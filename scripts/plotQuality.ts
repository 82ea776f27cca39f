/**
 * Draws quality against training time, as docs/performance.md shows it. Run, with what bench/timeToQuality.ts wrote:
 *
 *     npx tsx bench/timeToQuality.ts --seconds 5,15,30,60,120,300 --json quality.json
 *     npx tsx scripts/plotQuality.ts quality.json [docs/quality.svg]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** Points by scene; further fields are ignored. */
const qualityFile = z.record(
  z.string(),
  z.array(z.object({ seconds: z.number().positive(), psnr: z.number() })).min(1),
);
export type QualityCurves = z.output<typeof qualityFile>;

/** Show on light and dark pages. */
const colors = ['#3b82c4', '#d9822b', '#3f9d5f', '#a259b0', '#c0504d', '#8a8a3a'];
const [left, top, width, height] = [34, 24, 420, 200];

/** A line for each scene: seconds of training on a logarithmic axis, PSNR in dB on a linear one. */
export function plotQuality(curves: QualityCurves): string {
  const points = Object.values(curves).flat();
  const seconds = extent(points.map((point) => point.seconds));
  const [low, high] = extent(points.map((point) => point.psnr));
  const [bottom, ceiling] = [
    Math.floor(low / 2) * 2,
    Math.max(Math.ceil(high / 2), Math.floor(low / 2) + 1) * 2,
  ];
  const share = (value: number, from: number, to: number) => (to === from ? 0 : (value - from) / (to - from));
  const x = (value: number) =>
    (left + share(Math.log(value), Math.log(seconds[0]), Math.log(seconds[1])) * width).toFixed(1);
  const y = (psnr: number) => (top + (1 - share(psnr, bottom, ceiling)) * height).toFixed(1);
  const times = [...new Set(points.map((point) => point.seconds))].sort((a, b) => a - b);
  const title = 'PSNR (dB) of held-out views against seconds of training';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 256" width="560" height="256" role="img" aria-label="${title}">`,
    `<g font-family="sans-serif" font-size="9" fill="#888"><text x="${left}" y="14" font-size="11">${title}</text>`,
    ...range(bottom, ceiling, 2).map(
      (psnr) =>
        `<path d="M${left} ${y(psnr)}h${width}" stroke="#8888" stroke-width="0.5"/>` +
        `<text x="${left - 4}" y="${Number(y(psnr)) + 3}" text-anchor="end">${psnr}</text>`,
    ),
    ...times.map(
      (time) => `<text x="${x(time)}" y="${top + height + 14}" text-anchor="middle">${time}</text>`,
    ),
    '</g>',
    ...Object.entries(curves).map(([scene, curve], index) => drawCurve(scene, curve, index, x, y)),
    '</svg>',
    '',
  ].join('\n');
}

/** A line, its points, and the scene's name at its end. */
function drawCurve(
  scene: string,
  curve: QualityCurves[string],
  index: number,
  x: (seconds: number) => string,
  y: (psnr: number) => string,
): string {
  const color = colors[index % colors.length];
  const sorted = [...curve].sort((a, b) => a.seconds - b.seconds);
  const line = sorted.map(({ seconds, psnr }) => `${x(seconds)},${y(psnr)}`);
  const last = sorted.at(-1)!;
  const name = scene.replace(/[<&>"]/g, '');
  return (
    `<polyline points="${line.join(' ')}" fill="none" stroke="${color}" stroke-width="1.6" stroke-linejoin="round"/>` +
    line.map((point) => `<circle cx="${point.replace(',', '" cy="')}" r="2" fill="${color}"/>`).join('') +
    `<text x="${Number(x(last.seconds)) + 6}" y="${Number(y(last.psnr)) + 3}" font-family="sans-serif" font-size="10" fill="${color}">` +
    `${name} ${last.psnr.toFixed(1)}</text>`
  );
}

function extent(values: readonly number[]): [low: number, high: number] {
  return [Math.min(...values), Math.max(...values)];
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [source, target = 'docs/quality.svg'] = process.argv.slice(2);
  if (source === undefined) {
    console.error('usage: npx tsx scripts/plotQuality.ts RESULTS.json [docs/quality.svg]');
    process.exit(2);
  }
  await writeFile(target, plotQuality(qualityFile.parse(JSON.parse(await readFile(source, 'utf8')))));
}
