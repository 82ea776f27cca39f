/**
 * [SU1] A person at the studio of a demo that trains, in Chromium: every control is checked by its effect on the run, which `ctl` and the run's folder tell.
 * `NERFSTREAM_SCREENSHOTS=DIR` keeps a picture of the page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunStatus, runStatus } from '../../machines/runStatus.ts';
import { printedAddress, runCli, startCli } from '../cli/runCli.ts';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const chromium = findChromium();

/** Seconds from the first step until the scene is seen: 3 on a machine that does nothing else, which no test can count on. What it took is told. */
const mostSeconds = 12;

describe.skipIf(!chromium)('the studio of a demo (in Chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium!);
  });
  afterAll(() => browser?.close());

  it('shows the scene, flies, pauses, steps, steers, evaluates, saves, renders a path, and stops', {
    timeout: 240_000,
  }, async () => {
    const folder = temporaryFolder();
    const demo = startCli(['demo', '--name', 'seen', '--studio', 'trainer.maxSteps=1000000'], {
      cwd: folder,
    });
    const runDir = path.join('runs', 'seen');
    const status = async (): Promise<RunStatus> => {
      const { stdout } = await runCli(['ctl', runDir, 'status'], { cwd: folder });
      return runStatus.parse(JSON.parse(stdout));
    };
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(await printedAddress(demo));

    const colorsOfPicture = () =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('.layers canvas');
        if (!canvas || canvas.width === 0) return [];
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return [...new Set(new Uint32Array(data.buffer))];
      });
    // A flat background is no scene.
    const seen = await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.layers canvas');
      if (!canvas || canvas.width === 0) return false;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size > 500 && Date.now();
    });
    const seenAt = Number(await seen.jsonValue()) / 1000;

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.state', { hasText: 'paused' }).waitFor();
    const paused = await status();
    expect(paused.state).toBe('paused');

    const before = await colorsOfPicture();
    const stage = page.getByRole('application');
    const { x, y, width, height } = (await stage.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 200, y + height / 2, { steps: 5 });
    await page.mouse.up();
    await expect.poll(colorsOfPicture).not.toEqual(before);

    await page.getByRole('button', { name: 'Step' }).click();
    await expect.poll(async () => (await status()).step, { timeout: 20_000 }).toBe(paused.step + 1);

    await page.getByRole('slider', { name: 'opacities' }).press('ArrowRight');
    await page.getByRole('button', { name: 'Step' }).click();
    await expect
      .poll(async () => (await status()).learningRates['opacities'], { timeout: 20_000 })
      .toBeCloseTo(paused.learningRates['opacities']! * 2 ** 0.25, 9);

    await page.getByRole('button', { name: 'Evaluate' }).click();
    await expect
      .poll(async () => Object.keys((await status()).metrics), { timeout: 60_000 })
      .toContain('eval/psnr');
    expect(readdirSync(path.join(folder, runDir, 'eval'))).toContain('00007.png');

    await page.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(async () => (await status()).checkpoint, { timeout: 30_000 })
      .toMatch(new RegExp(`step-0*${paused.step + 2}\\.ckpt$`));
    if (process.env['NERFSTREAM_SCREENSHOTS'] !== undefined)
      await page.screenshot({ path: path.join(process.env['NERFSTREAM_SCREENSHOTS'], 'studio-of-demo.png') });

    await page.getByRole('tab', { name: 'Path', exact: true }).click();
    await page.getByRole('button', { name: 'Add the view as a keyframe' }).click();
    await stage.focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('button', { name: 'Add the view as a keyframe' }).click();
    for (const [name, value] of [
      ['Seconds', '0.5'],
      ['Frames a second', '10'],
      ['Width', '64'],
      ['Height', '48'],
    ] as const) {
      await page.getByRole('spinbutton', { name }).fill(value);
      await page.getByRole('spinbutton', { name }).press('Enter');
    }
    await page.getByRole('button', { name: 'Render 5 frames' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ]);
    const film = await sharp(readFileSync(await download.path()), { animated: true }).metadata();
    expect([film.format, film.width, film.pageHeight, film.pages]).toEqual(['webp', 64, 48, 5]);

    await page.getByRole('tab', { name: 'Training', exact: true }).click();
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('button', { name: 'Really stop' }).click();
    expect((await demo.result).code).toBe(0);
    const summary = JSON.parse(readFileSync(path.join(folder, runDir, 'summary.json'), 'utf8')) as object;
    expect(summary).toMatchObject({ status: 'stopped', steps: paused.step + 2 });
    const sinceFirstStep = seenAt - timeOfStep(1, path.join(folder, runDir, 'metrics.jsonl'));
    console.info(`the scene was seen ${sinceFirstStep.toFixed(2)} s after the first step`);
    expect(sinceFirstStep).toBeLessThan(mostSeconds);
    expect(errors).toEqual([]);
    await page.close();
  });
});

/** When the run had made the step, by its own clock: seconds since the epoch. */
function timeOfStep(step: number, metricsFile: string): number {
  const lines = readFileSync(metricsFile, 'utf8').trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as { step: number; wallTime: number });
  const row = rows.find((one) => one.step === step);
  if (!row) throw new Error(`${metricsFile} has nothing of step ${step}`);
  return row.wallTime;
}
