/**
 * What viewers show of an exported file is what we show: spark draws each format in Chromium at the camera of our own picture, with what it can be
 * told of how the splats were trained (see splatViewerPage.ts). What is left of a difference: the viewer blends in 8 bits from back to front and
 * rounds harmonics (7 bits at degree 1), and formats round. Colours of the splats stay within 0..1, where viewers cut them off.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splatFormats } from '../../src/models/splat/files/splatFormats.ts';
import { createSplatKernels } from '../../src/models/splat/splatKernels.ts';
import { splatView } from '../../src/models/splat/splatView.ts';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { withKernels } from '../support/kernelPools.ts';
import { cameraAt, placeSplats, randomSplats } from '../support/splatScenes.ts';
import type { Drawing } from './splatViewerPage.ts';

const chromium = findChromium();
const camera = cameraAt({ width: 160, height: 120, focal: 140 });
const cutoff = 2 / 255;
const degree = 3;
const width = 3 * ((degree + 1) ** 2 - 1);
const made = randomSplats(1500, width, 7, 0.1);
const splats = { ...made, harmonics: made.harmonics.map((value) => value / 4) };

/** [height, width, 3] bytes. @param degree of the harmonics that count */
function ourPicture(degree: number): Promise<Uint8Array> {
  return withKernels({}, async (kernels) => {
    const placed = placeSplats(kernels, splats);
    const settings = { capacity: 1500, harmonicsWidth: width, near: 0.02, cutoff };
    const render = createSplatKernels(kernels, settings, placed.addresses);
    const shot = { view: splatView(camera), background: [0, 0, 0] as const, degree };
    const { data, pitch } = render.render(shot, 1500);
    const picture = Uint8Array.from({ length: camera.width * camera.height * 3 }, (_, k) => {
      const pixel = Math.floor(k / 3);
      const at = Math.floor(pixel / camera.width) * pitch + (pixel % camera.width);
      return Math.round(255 * Math.max(0, Math.min(1, data[at * 4 + (k % 3)]!)));
    });
    render.dispose();
    placed.dispose();
    return picture;
  });
}

function psnrOf(a: Uint8Array, b: Uint8Array): number {
  expect(a).toHaveLength(b.length);
  const squares = a.reduce((sum, value, k) => sum + ((value - b[k]!) / 255) ** 2, 0);
  return -10 * Math.log10(squares / a.length);
}

describe.skipIf(!chromium)('splats in a viewer (in Chromium)', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const entryPoints = [path.join(import.meta.dirname, 'splatViewerPage.ts')];
    const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', write: false });
    browser = await launchChromium(chromium!);
    page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    await page.route('**/*', (route) =>
      route.request().url().endsWith('.js')
        ? route.fulfill({ contentType: 'text/javascript', body: outputFiles[0]!.text })
        : route.fulfill({
            contentType: 'text/html',
            body: '<!doctype html><script type="module" src="/page.js"></script>',
          }),
    );
    await page.goto('http://viewer.test/');
    await page.waitForFunction(() => 'draw' in globalThis);
  }, 240_000);
  afterAll(() => browser?.close());

  async function viewerPicture(ending: string): Promise<Uint8Array> {
    const fileName = `splats${ending}`;
    const bytes = Buffer.from(await splatFormats[ending]!.encode(splats, fileName)).toString('base64');
    const { fx, fy, cx, cy, cameraToWorld } = camera;
    const size = { width: camera.width, height: camera.height };
    const drawing: Drawing = { bytes, fileName, ...size, fx, fy, cx, cy, cameraToWorld, cutoff };
    const url = await page.evaluate(
      (what) => (globalThis as unknown as { draw(what: unknown): Promise<string> }).draw(what),
      drawing as unknown,
    );
    const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
    const folder = process.env.NERFSTREAM_SCREENSHOTS;
    if (folder !== undefined) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, `${fileName}.png`), png);
    }
    return sharp(png).removeAlpha().raw().toBuffer();
  }

  it.each([
    ['.ply', degree, 40],
    ['.sog', degree, 40],
    ['.spz', degree, 35],
    ['.splat', 0, 45],
  ])(
    '%s with harmonics to degree %i is seen as we see it, to %i dB',
    async (ending, seen, bound) => {
      const psnr = psnrOf(await viewerPicture(ending), await ourPicture(seen));
      expect(psnr).toBeGreaterThan(bound);
    },
    180_000,
  );
});
