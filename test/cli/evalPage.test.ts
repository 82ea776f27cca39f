/** The page that `eval --html` writes, in a browser: it sorts, shows its pictures, and needs nothing beside it. */
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { type WatchedPage, watchedPage } from '../support/watchedPage.ts';
import { runCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const chromium = findChromium();

describe.skipIf(!chromium)('the page of eval --html (in Chromium)', () => {
  let folder: string;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-page-'));
    await writeTinyScene(path.join(folder, 'scene'));
    const where = ['--data', 'scene', '--out', '.'];
    const cli = async (...args: string[]) => {
      const { code, stderr } = await runCli(args, { cwd: folder });
      expect(code, stderr).toBe(0);
    };
    await cli('train', 'splat-fast', ...where, '--name', 'ball', 'trainer.maxSteps=30', 'threads=1');
    await cli('train', 'instant-ngp', ...where, '--name', 'field', ...tinySettings, 'trainer.maxSteps=2');
    await cli('eval', 'ball', 'field', '--split', 'train', '--html', 'page.html');
    browser = await launchChromium(chromium!);
    watched = await watchedPage(browser, path.join(folder, 'page.html'));
    page = watched.page;
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('[RE7] shows photo, render and difference of every view', async () => {
    const sizes = await page.$$eval('img', async (images) => {
      const pictures = images as unknown as { decode(): Promise<void>; naturalWidth: number }[];
      await Promise.all(pictures.map((image) => image.decode()));
      return pictures.map(({ naturalWidth }) => naturalWidth);
    });
    // Six views: a photo, and render and difference of each of the two runs.
    expect(sizes).toEqual(Array.from({ length: 6 * 5 }, () => 24));
    const screenshots = process.env['NERFSTREAM_SCREENSHOTS'];
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: path.join(screenshots, 'evaluation.png') });
  });

  it('[RE7] sorts by a column, up and then down', async () => {
    const column = (index: number) =>
      page.$$eval(
        'tbody tr',
        (rows, cell) =>
          rows.map(
            (row) => (row as unknown as { cells: { textContent: string }[] }).cells[cell]!.textContent,
          ),
        index,
      );
    expect(await column(0)).toEqual([0, 1, 2, 3, 4, 5].map((view) => `./train/r_${view}`));
    for (const cell of [2, 6]) {
      await page.click(`thead th:nth-child(${cell + 1})`);
      const values = (await column(cell)).map(Number);
      expect(values).toEqual([...values].sort((a, b) => a - b));
      await page.click(`thead th:nth-child(${cell + 1})`);
      expect((await column(cell)).map(Number)).toEqual([...values].sort((a, b) => b - a));
    }
  });

  it('[RE7] asks for nothing, and says nothing on the console', () => {
    expect(watched.requested).toEqual([pathToFileURL(path.join(folder, 'page.html')).href]);
    expect(watched.said).toEqual([]);
  });
});
