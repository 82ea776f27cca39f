/**
 * How smoothly the studio's curves move: a run with 100,000 values of each of several scalars, live, alone and with other runs over it, in Chromium.
 *
 *     npx tsx bench/curves.ts [--points 100000] [--seconds 4]
 *
 * The page's own frames are counted (requestAnimationFrame) while the pointer moves over the curves, while parts of them are zoomed into and out of, and while
 * nothing is done but new values come: twenty a second of each scalar. The page is drawn by the processor: with WebGL by software, as tests have it, a frame takes
 * a tenth of a second whatever is on it.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { loadConfig } from '../src/config/loadConfig.ts';
import { runPaths } from '../src/runFolder/runPaths.ts';
import { createRooms } from '../src/studio/createRooms.ts';
import { createLiveRun, type LiveRun } from '../src/studio/liveRun.ts';
import { startStudio } from '../src/studio/startStudio.ts';
import { findChromium, launchChromium } from '../test/support/chromium.ts';
import { isMain, type Measurement, report } from './report.ts';

/** What the page is told before it begins. */
declare global {
  interface Window {
    /** When each frame began, milliseconds. */
    frameTimes: number[];
  }
}

const tags = [
  'train/loss',
  'train/psnr',
  'train/splats',
  'train/step_ms',
  'gradient_norm/means',
  'eval/psnr',
];
const otherRuns = ['one', 'two', 'three'];
const viewport = { width: 1440, height: 900 };
/** Of a screen. */
const frameMs = 1000 / 60;
const appendEveryMs = 50;

/** A value that falls, with noise that is the same each time. */
function valueAt(tag: number, step: number): number {
  const noise = Math.abs(Math.sin(step * 12.9898 + tag) * 43758.5453) % 1;
  return Math.exp(-step / 3e4) * (1 + 0.3 * noise) + tag;
}

function writeRun(folder: string, name: string, points: number): string {
  const paths = runPaths(path.join(folder, name));
  mkdirSync(paths.folder);
  writeFileSync(paths.config, 'method: splat\n');
  for (let from = 0; from < points; from += 5000) {
    const lines: string[] = [];
    for (let step = from; step < Math.min(points, from + 5000); step++)
      for (const [number, tag] of tags.entries())
        lines.push(
          `{"kind":"scalar","tag":"${tag}","step":${step},"wallTime":${1.79e9 + step / 20},"value":${valueAt(number, step)}}\n`,
        );
    appendFileSync(paths.metrics, lines.join(''));
  }
  return paths.folder;
}

/** New values, as a training tells them. @returns ends it */
function keepComing(live: LiveRun, from: number): () => void {
  let step = from;
  const timer = setInterval(() => {
    const wallTime = 1.79e9 + step / 20;
    live.metrics(
      tags.map((tag, number) => ({ kind: 'scalar', tag, step, wallTime, value: valueAt(number, step) })),
    );
    step++;
  }, appendEveryMs);
  return () => clearInterval(timer);
}

interface Frames {
  readonly median: number;
  readonly late: number;
  /** Of the frames that a screen of 60 Hz has in the time, 0..1. */
  readonly missed: number;
}

/** The frames of the page while something is done with it. */
async function framesOf(page: Page, during: () => Promise<void>): Promise<Frames> {
  await page.evaluate(() => {
    window.frameTimes = [];
  });
  await during();
  const times = await page.evaluate(() => window.frameTimes);
  const gaps = times
    .slice(1)
    .map((time, index) => time - times[index]!)
    .sort((a, b) => a - b);
  const at = (share: number) => gaps[Math.round(share * (gaps.length - 1))] ?? Number.NaN;
  const expected = (times.at(-1)! - times[0]!) / frameMs;
  return { median: at(0.5), late: at(0.95), missed: Math.max(0, 1 - gaps.length / expected) };
}

/** What visitors do with curves, each for so long. */
function doings(page: Page, seconds: number): Readonly<Record<string, () => Promise<void>>> {
  const box = async () => (await page.locator('.plot').first().boundingBox())!;
  const until = async (work: (turn: number) => Promise<void>) => {
    const end = performance.now() + seconds * 1000;
    for (let turn = 0; performance.now() < end; turn++) await work(turn);
  };
  return {
    'nothing, values come': () => sleep(seconds * 1000),
    async pointing() {
      const { x, y, width, height } = await box();
      await until((turn) =>
        page.mouse.move(x + 60 + ((turn * 7) % (width - 80)), y + height / 2 + (turn % 20)),
      );
    },
    async zooming() {
      const { x, y, width, height } = await box();
      await until(async (turn) => {
        const from = x + width * (0.3 + 0.05 * (turn % 5));
        await page.mouse.move(from, y + height / 2);
        await page.mouse.down();
        await page.mouse.move(from + width * 0.2, y + height / 2, { steps: 12 });
        await page.mouse.up();
        await sleep(100);
        await page.mouse.dblclick(from, y + height / 2);
        await sleep(100);
      });
    },
  };
}

/** In the page. */
function watch(): void {
  window.frameTimes = [];
  const note = (time: number): void => {
    window.frameTimes.push(time);
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

async function measure(chromium: string, points: number, seconds: number): Promise<Measurement[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-'));
  const runDir = writeRun(folder, 'run', points);
  for (const name of otherRuns) writeRun(folder, name, points);
  const live = createLiveRun(runDir, await loadConfig('splat'));
  const rooms = createRooms({ folder, live: live.run, readOnly: true });
  const studio = await startStudio(rooms, { readOnly: true });
  const browser = await launchChromium(chromium, 'plain');
  const end = keepComing(live, points);
  try {
    const page = await browser.newPage({ viewport });
    page.setDefaultTimeout(120_000);
    // tsx names functions by a helper that pages do not have.
    await page.addInitScript({ content: 'globalThis.__name = (named) => named' });
    await page.addInitScript(watch);
    await page.goto(studio.url);
    const before = await framesOf(page, () => sleep(seconds * 1000));
    const figures = linesOf('the page without curves', before);
    await page.getByRole('tab', { name: 'Curves', exact: true }).click();
    await page.locator('.plot canvas').nth(3).waitFor();
    for (const runs of [1, 1 + otherRuns.length]) {
      if (runs > 1) {
        await page.locator('summary', { hasText: 'Other runs' }).click();
        for (const name of otherRuns) await page.getByRole('checkbox', { name, exact: true }).check();
        await page.locator('summary', { hasText: `(${otherRuns.length})` }).click();
      }
      await sleep(1000);
      for (const [doing, during] of Object.entries(doings(page, seconds)))
        figures.push(...linesOf(`${runs} run${runs > 1 ? 's' : ''}, ${doing}`, await framesOf(page, during)));
    }
    return figures;
  } finally {
    end();
    await browser.close();
    await rooms.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function linesOf(what: string, { median, late, missed }: Frames): Measurement[] {
  return [
    { what: `${what}: a frame, median`, unit: 'ms', ours: median, bound: 17 },
    { what: '95%', unit: 'ms', ours: late },
    { what: 'frames missed', unit: '%', ours: 100 * missed },
  ];
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      points: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '4' },
      // Told to all benchmarks.
      peers: { type: 'boolean' },
    },
  });
  const chromium = findChromium();
  const load = () => `load of the last minute: ${loadavg()[0]!.toFixed(1)}`;
  const began = load();
  const figures = chromium ? await measure(chromium, Number(values.points), Number(values.seconds)) : [];
  await report('curves', figures, [
    chromium ? `${began}, at the end ${load()}` : 'there is no Chromium here',
  ]);
}
