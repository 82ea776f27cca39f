/** The page of `sweep report --html`, in a browser: it shows every run as a line and a row, sorts, and needs nothing beside it. */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepPage } from '../../src/fleet/sweepPage.ts';
import type { ReportRow, SweepReport } from '../../src/fleet/sweepReport.ts';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { type WatchedPage, watchedPage } from '../support/watchedPage.ts';

const chromium = findChromium();

/** 24 runs on two scenes; one has failed, with a name that would be markup. */
function reportOfMany(): SweepReport {
  const rows = ['fox', 'mic'].flatMap((scene, s) =>
    [1e-4, 1e-3, 1e-2].flatMap((rate, r) =>
      [4, 8].flatMap((levels, l) =>
        ['cosine', 'constant'].map((scheduler, c): ReportRow => {
          const value = 20 + 3 * s + 4 * r - 2 * r * r + l + 0.5 * c;
          const run = `${scene},rate=${rate},levels=${levels},scheduler=${scheduler}`;
          const settings = {
            'a.rate': rate,
            'model.hashGrid.levels': levels,
            'a.scheduler': { kind: scheduler },
          };
          return {
            run,
            scene,
            settings,
            state: 'finished',
            step: 100,
            trainSeconds: 2,
            value,
            metrics: {},
            folder: run,
          };
        }),
      ),
    ),
  );
  const { value: _, ...last } = rows[0]!;
  const failed: ReportRow = {
    ...last,
    run: '<b>"bad"</b>',
    state: 'failed',
    error: 'step 3: <script>alert(1)</script>',
  };
  return {
    name: 'many',
    metric: 'eval/psnr',
    mode: 'max',
    keys: [
      { key: 'a.rate', kind: 'logUniform' },
      { key: 'model.hashGrid.levels', kind: 'grid' },
      { key: 'a.scheduler', kind: 'grid' },
    ],
    rows: [...rows.sort((a, b) => b.value! - a.value!), failed],
    steps: 2400,
    allSteps: 2500,
  };
}

describe.skipIf(!chromium)('the page of sweep report --html (in Chromium)', () => {
  const report = reportOfMany();
  let folder: string;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-page-'));
    await writeFile(path.join(folder, 'page.html'), sweepPage(report));
    browser = await launchChromium(chromium!);
    watched = await watchedPage(browser, path.join(folder, 'page.html'), { width: 1200, height: 1100 });
    page = watched.page;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('[FL46] has a line and a row for every run, and an axis for each thing that was tried', async () => {
    expect(await page.locator('polyline').count()).toBe(report.rows.length);
    expect(await page.locator('tbody tr').count()).toBe(report.rows.length);
    expect(await page.locator('text.title').allTextContents()).toEqual([
      'scene',
      'a.rate',
      'model.hashGrid.levels',
      'a.scheduler',
      'eval/psnr',
    ]);
    // The best one lies over the others, and ends at the top of the last axis.
    const points = (await page.locator('polyline').last().getAttribute('points'))!.split(' ');
    expect(points.at(-1)).toBe('870,48.0');
    const screenshots = process.env['NERFSTREAM_SCREENSHOTS'];
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: path.join(screenshots, 'sweep.png') });
  });

  it('[FL46] a logarithmic axis has its ratios evenly spaced', async () => {
    const heights = await page.$$eval('.axis:nth-of-type(3) text:not(.title)', (marks) =>
      marks.map((mark) =>
        Number((mark as unknown as { getAttribute(name: string): string }).getAttribute('y')),
      ),
    );
    expect(heights).toHaveLength(3);
    expect(heights[0]! - heights[1]!).toBeCloseTo(heights[1]! - heights[2]!, 0);
  });

  it('[FL46] a line marks its row', async () => {
    await page.locator('tbody tr').nth(2).hover();
    const marked = await page.locator('polyline.marked').getAttribute('data-run');
    expect(marked).toBe(report.rows[2]!.run);
  });

  it('[FL46] sorts by a column, up and then down, those without a value last', async () => {
    const column = () =>
      page.$$eval('tbody tr', (rows) =>
        rows.map((row) => (row as unknown as { cells: { textContent: string }[] }).cells[4]!.textContent),
      );
    for (const sign of [1, -1]) {
      await page.locator('th', { hasText: 'eval/psnr' }).click();
      const values = await column();
      expect(values.at(-1)).toBe('');
      const numbers = values.slice(0, -1).map(Number);
      expect(numbers).toEqual([...numbers].sort((a, b) => sign * (a - b)));
    }
  });

  it('[FL46] what runs are called is text, and nothing is asked for', () => {
    expect(watched.said).toEqual([]);
    expect(watched.requested).toHaveLength(1);
  });
});
