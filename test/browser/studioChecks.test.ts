/**
 * [SU6] The page as it is served, checked as Lighthouse would: weight, errors, violations of its policy, layout that shifts, title and language. axe, targets for fingers
 * and width are in studioPage.test.ts.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printedAddress, runCli, startCli } from '../cli/runCli.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const chromium = findChromium();
const panels = ['Training', 'Curves', 'Pictures', 'Path', 'Runs', 'Config', 'Log'];

interface Watched {
  shifts: number;
  violations: string[];
}

describe.skipIf(!chromium)('[SU6] the studio’s page as it is served (in Chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium!);
  });
  afterAll(() => browser?.close());

  it('is light, quiet, and stays where it is', { timeout: 240_000 }, async () => {
    const folder = temporaryFolder();
    await writeTinyScene(path.join(folder, 'scene'));
    const settings = [...tinySettings, 'trainer.maxSteps=20'];
    const trained = await runCli(['train', 'instant-ngp', '--data', 'scene', '--name', 'tiny', ...settings], {
      cwd: folder,
    });
    expect(trained.code).toBe(0);
    const studio = startCli(['studio', 'runs'], { cwd: folder });
    const address = await printedAddress(studio);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    const said: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) said.push(message.text());
    });
    page.on('pageerror', (error) => said.push(String(error)));
    const network = await page.context().newCDPSession(page);
    const types = new Map<string, string>();
    let bytes = 0;
    await network.send('Network.enable');
    network.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      // Photos and history are the run's, not the page's.
      if (['Document', 'Script', 'Stylesheet'].includes(types.get(requestId) ?? ''))
        bytes += encodedDataLength;
    });
    await page.addInitScript(() => {
      const watched: Watched = { shifts: 0, violations: [] };
      Object.assign(globalThis, { watched });
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
        watched.violations.push(`${violatedDirective}: ${blockedURI}`),
      );
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
        })[])
          if (!entry.hadRecentInput) watched.shifts += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    // As on a slow machine: an answer that comes later than half a second after a click is not the click's doing, and must not move anything.
    await page.route('**/api/**', async (route) => {
      await delay(700);
      // Nobody may want it any more.
      await route.continue().catch(() => undefined);
    });
    const asked = new Set<unknown>();
    page.on('request', (request) => request.url().includes('/api/') && asked.add(request));
    page.on('requestfinished', (request) => asked.delete(request));
    page.on('requestfailed', (request) => asked.delete(request));
    await page.goto(address);
    await expect.poll(() => page.locator('.facts-line').textContent()).toContain('step 20');
    await page.getByRole('button', { name: 'Cameras of the photos (C)' }).click();
    // All of them are in sight.
    const { x, width } = (await page.getByRole('tab').last().boundingBox())!;
    expect(x + width).toBeLessThanOrEqual(1440);
    for (const panel of panels) {
      await page.getByRole('tab', { name: panel, exact: true }).click();
      await delay(100);
      await expect.poll(() => asked.size).toBe(0);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    }
    // WebGL of the cameras comes as a file of its own.
    await expect.poll(() => page.locator('canvas.overlay').getAttribute('data-engine')).toContain('three');

    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(400_000);
    const { shifts, violations } = await page.evaluate(
      () => (globalThis as unknown as { watched: Watched }).watched,
    );
    expect([violations, said]).toEqual([[], []]);
    // What Lighthouse calls good is 0.1.
    expect(shifts).toBeLessThan(0.05);
    expect(await page.title()).toBe('tiny · nerfstream studio');
    const { lang, viewport } = await page.evaluate(() => ({
      lang: document.documentElement.lang,
      viewport: document.querySelector<HTMLMetaElement>('meta[name="viewport"]')?.content,
    }));
    expect([lang, viewport]).toEqual(['en', 'width=device-width, initial-scale=1']);
    await page.close();
    studio.process.kill('SIGINT');
    expect((await studio.result).code).toBe(0);
  });
});
