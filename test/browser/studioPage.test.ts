/**
 * The studio's page in Chromium, before a server that notes what it is asked for (fakeStudio.ts). Where the camera stands is read from the looks that
 * arrive, and from the colour of the picture that is drawn. `NERFSTREAM_SCREENSHOTS=DIR` keeps pictures of the page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeCameraPath } from '../../src/studio/page/cameraPath/cameraPathFile.ts';
import { findChromium, launchChromium } from '../support/chromium.ts';
import { type FakeStudio, startFakeStudio } from './fakeStudio.ts';
import { smallTargets } from './smallTargets.ts';

const chromium = findChromium();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const panels = ['Training', 'Curves', 'Pictures', 'Path', 'Runs', 'Config', 'Log'];
const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const narrow = { width: 360, height: 740 };
/** Whether all of their content has room. */
const isWhole = (elements: Element[]) =>
  elements.map(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth);

it('the studio’s page takes at most 400 kB compressed', () => {
  const folder = path.join(import.meta.dirname, '../../dist/studio');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const sizes = files.map(
    ({ parentPath, name }) => gzipSync(readFileSync(path.join(parentPath, name))).length,
  );
  expect(sizes.length).toBeGreaterThan(3);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(400_000);
});

describe.skipIf(!chromium)('the studio’s page (in Chromium)', { timeout: 300_000 }, () => {
  let browser: Browser;
  let studio: FakeStudio;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium(chromium!);
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    studio = await startFakeStudio();
    errors.length = 0;
  });
  afterEach(async () => {
    await page?.close();
    await studio.close();
    expect(errors).toEqual([]);
  });

  async function open(
    options: {
      viewport?: typeof wide;
      colorScheme?: 'dark' | 'light';
      hasTouch?: boolean;
      fragment?: string;
    } = {},
  ): Promise<void> {
    const { fragment = '', ...rest } = options;
    page = await browser.newPage({ viewport: wide, ...rest });
    page.setDefaultTimeout(30_000);
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== new URL(studio.url).origin && !['blob:', 'data:'].includes(protocol))
        errors.push(`asks for ${request.url()}`);
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      // A request that a test has refused, or a server that it has closed, is an error to browsers, too.
      if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
        errors.push(message.text());
    });
    await page.goto(studio.url + fragment);
    await page.locator('.facts-line').waitFor();
    await expect.poll(() => page.locator('.facts-line').textContent()).not.toContain('coarse');
  }

  /** Of the camera in the last look. */
  function position(): [number, number, number] {
    const { cameraToWorld } = studio.looks().at(-1)!.camera;
    return [cameraToWorld[3]!, cameraToWorld[7]!, cameraToWorld[11]!];
  }
  const distanceFromCentre = () => Math.hypot(...position());
  const stage = () => page.getByRole('application');
  const openPanel = (name: string) => page.getByRole('tab', { name, exact: true }).click();

  async function drag(by: readonly [number, number], button: 'left' | 'right' = 'left'): Promise<void> {
    const { x, y, width, height } = (await stage().boundingBox())!;
    const [fromX, fromY] = [x + width / 2, y + height / 2];
    await page.mouse.move(fromX, fromY);
    await page.mouse.down({ button });
    await page.mouse.move(fromX + by[0], fromY + by[1], { steps: 8 });
    await page.mouse.up({ button });
  }

  it('shows the picture at the first camera, large, in its colours', async () => {
    await open();
    // The first camera of training stands at (4, 0, 1): 0.75, 0.5 and 0.5625 of 255.
    const pixel = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.layers canvas')!;
      const { data } = canvas.getContext('2d')!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
      return [...data.slice(0, 3)];
    });
    for (const [index, expected] of [191, 128, 143].entries())
      expect(Math.abs(pixel[index]! - expected)).toBeLessThan(4);
    const { width, height } = (await page.locator('.layers canvas').first().boundingBox())!;
    expect(width * height).toBeGreaterThan(0.5 * wide.width * wide.height);
    expect(studio.looks().at(-1)!.camera.width).toBe(Math.round(width));
  });

  it('asks once for a camera that rests', async () => {
    await open();
    await page.waitForTimeout(300);
    const asked = studio.looks().length;
    await page.waitForTimeout(1500);
    expect(studio.looks()).toHaveLength(asked);
  });

  it('turns around the scene by dragging, shifts by right dragging, comes nearer by the wheel', async () => {
    await open();
    const before = distanceFromCentre();
    await drag([200, 0]);
    await expect.poll(() => Math.abs(position()[1])).toBeGreaterThan(1);
    expect(distanceFromCentre()).toBeCloseTo(before, 3);
    await drag([100, 0], 'right');
    await expect.poll(() => Math.abs(distanceFromCentre() - before)).toBeGreaterThan(0.01);
    await page.getByRole('button', { name: 'Back to the start (R)' }).click();
    await expect.poll(distanceFromCentre).toBeCloseTo(before, 5);
    await page.mouse.wheel(0, 0);
    await stage().hover();
    await page.mouse.wheel(0, -200);
    // e^(-200 * 0.002) of the distance to what the cameras look at, which is the centre
    await expect.poll(distanceFromCentre).toBeCloseTo(before * Math.exp(-0.4), 3);
  });

  it('flies by keys, and stops when they are let go', async () => {
    await open();
    await stage().focus();
    const before = position();
    await page.keyboard.down('w');
    await expect.poll(() => distanceFromCentre()).toBeLessThan(Math.hypot(...before) - 0.3);
    await page.keyboard.up('w');
    await page.waitForTimeout(400);
    const stopped = position();
    await page.waitForTimeout(300);
    expect(position()).toEqual(stopped);
    const ahead = () => studio.looks().at(-1)!.camera.cameraToWorld[6]!;
    const looking = ahead();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => Math.abs(ahead() - looking)).toBeGreaterThan(0.01);
    expect(position()).toEqual(stopped);
  });

  it('commands the run: each control says what it is to say', async () => {
    await open();
    const requests = () =>
      studio.received.flatMap((message) => (message.type === 'request' ? [message.request] : []));
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.state', { hasText: 'paused' }).waitFor();
    await page.getByRole('button', { name: 'Step' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.state', { hasText: 'training' }).waitFor();
    await page.getByRole('button', { name: 'Evaluate' }).click();
    await page.getByText('Evaluated.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('slider', { name: 'means' }).press('ArrowRight');
    await expect.poll(() => requests().length).toBe(6);
    await page.getByRole('button', { name: 'Stop…' }).click();
    expect(requests()).toHaveLength(6);
    await page.getByRole('button', { name: 'Really stop' }).click();
    await expect
      .poll(requests)
      .toEqual([
        { type: 'trainer.pause' },
        { type: 'trainer.stepOnce' },
        { type: 'trainer.resume' },
        { type: 'trainer.evaluate', scope: 'all' },
        { type: 'trainer.checkpoint' },
        { type: 'trainer.setLearningRate', group: 'means', factor: 2 ** 0.25 },
        { type: 'trainer.stop' },
      ]);
    await page.getByRole('slider', { name: 'Share' }).press('ArrowRight');
    await expect
      .poll(() => studio.received.filter(({ type }) => type === 'share'))
      .toEqual([{ type: 'share', value: 0.55 }]);
  });

  it('draws curves, tells exact values under the pointer, and hands them over as CSV and PNG', async () => {
    await open();
    await openPanel('Curves');
    const plot = page.getByRole('img', { name: /^train\/loss/ });
    await plot.locator('canvas').waitFor();
    const colors = await plot.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    expect(colors).toBeGreaterThan(20);
    const { x, y, width, height } = (await plot.boundingBox())!;
    await page.mouse.move(x + width - 19, y + height / 2);
    // The last of 400 steps: e^(-400/150) (1 + 0.2 sin 400)
    const last = Math.exp(-400 / 150) * (1 + 0.2 * Math.sin(400));
    await page.getByText(`ball at step 400: ${last.toFixed(7)}`).waitFor();
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'train/loss as CSV' }).click(),
    ]);
    const lines = readFileSync(await csv.path(), 'utf8')
      .trim()
      .split('\n');
    expect([lines[0], lines.length]).toEqual(['step,wall_time,train/loss', 401]);
    expect(Number(lines.at(-1)!.split(',')[2])).toBe(last);
    const [png] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'train/loss as PNG' }).click(),
    ]);
    expect(
      readFileSync(await png.path())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  it('adds live values to the curves, and forgets those of steps that the run went back behind', async () => {
    await open();
    await openPanel('Curves');
    const last = page.getByRole('img', { name: /^train\/loss/ });
    await last.waitFor();
    studio.say({ type: 'scalars', rows: [['train/loss', 401, 1_790_000_050, 0.125]] });
    await page.getByRole('img', { name: 'train/loss: 0.125 at last' }).waitFor();
    studio.say({ type: 'forget', step: 1 });
    await page.getByRole('img', { name: /^train\/loss: 1\.16/ }).waitFor();
  });

  it('stands into the camera of a photo, lens and all, and compares with the photo', async () => {
    await open();
    await page.getByRole('button', { name: 'Cameras of the photos (C)' }).click();
    await page.getByRole('button', { name: '1.png' }).click();
    await expect.poll(() => position()[2]).toBe(2);
    const { camera } = studio.looks().at(-1)!;
    // The photo's shape, and its field of view: 240 pixels at a focal length of 300.
    expect(camera.width / camera.height).toBeCloseTo(320 / 240, 2);
    expect(camera.fy / camera.height).toBeCloseTo(300 / 240, 3);
    await page.getByRole('combobox', { name: 'Compare' }).selectOption('slider');
    await page.getByRole('img', { name: '1.png, as it was taken' }).waitFor();
    const divider = page.getByRole('slider', { name: 'Where the two sides meet' });
    await divider.press('ArrowLeft');
    expect(await divider.getAttribute('aria-valuenow')).toBe('48');
  });

  it('shows two outputs side by side, of the same camera', async () => {
    await open();
    await page.getByRole('combobox', { name: 'beside' }).selectOption('depth');
    await expect.poll(() => studio.looks().at(-1)!.outputs).toEqual(['rgb', 'depth']);
    await page.getByText('Hold').waitFor();
  });

  it('shows only what is in the crop box, by six numbers that keys change, and renders paths of it', async () => {
    await open();
    expect(studio.looks().at(-1)!.crop).toBeUndefined();
    await page.getByRole('button', { name: 'Crop box' }).click();
    await page.getByRole('checkbox', { name: 'Show only what is in the box' }).check();
    // The cameras stand 4.1 or more from the centre, where they look; the box is about as wide as they are away.
    await expect.poll(() => studio.looks().at(-1)!.crop?.length).toBe(12);
    const greatest = page.getByRole('spinbutton', { name: 'Greatest z' });
    await greatest.fill('1.25');
    await greatest.press('Enter');
    const least = page.getByRole('spinbutton', { name: 'Least z' });
    await least.fill('0.25');
    // To the next tenth.
    await least.press('ArrowUp');
    await expect.poll(() => studio.looks().at(-1)!.crop?.[11]).toBeCloseTo(-0.775 / 0.475, 6);
    // The fake scene's world is ten times the model: z from 0.3 to 1.25 there is 0.03 to 0.125 here.
    expect(studio.looks().at(-1)!.crop!.slice(8)).toBeAllClose([0, 0, 1 / 0.0475, -0.775 / 0.475]);
    await page.getByText('--crop=').waitFor();
    await keepPicture('crop');
    await openPanel('Path');
    await page.getByRole('button', { name: 'Add the view as a keyframe' }).click();
    await page.getByRole('button', { name: /^Render/ }).click();
    await expect.poll(() => studio.posts.length).toBe(1);
    const { path: sent } = studio.posts[0]!.body as { path: { crop: { crop_center: number[] } } };
    expect(sent.crop.crop_center[2]).toBeCloseTo(0.0775, 9);
    await page.getByRole('checkbox', { name: 'Show only what is in the box' }).uncheck();
    await expect.poll(() => studio.looks().at(-1)!.crop).toBeUndefined();
  });

  /** Where a handle's middle is. */
  async function handleAt(edge: number): Promise<{ x: number; y: number }> {
    const { x, y, width, height } = (await page.locator(`.crop-handle[data-edge="${edge}"]`).boundingBox())!;
    return { x: x + width / 2, y: y + height / 2 };
  }
  const cropNow = () => studio.looks().at(-1)!.crop!;

  it('has sides of the crop box that a mouse drags', async () => {
    await open();
    await page.getByRole('button', { name: 'Crop box' }).click();
    await page.getByRole('checkbox', { name: 'Show only what is in the box' }).check();
    await expect.poll(() => cropNow()?.length).toBe(12);
    const camera = studio.looks().at(-1)!.camera.cameraToWorld;
    const greatest = page.getByRole('spinbutton', { name: 'Greatest z' });
    const top = (await stage().boundingBox())!.y;
    // The side's middle is above the picture: its handle waits at the border.
    expect((await handleAt(5)).y - top).toBeCloseTo(64, 0);
    await greatest.fill('4');
    await greatest.press('Enter');
    await expect.poll(async () => (await handleAt(5)).y - top).toBeGreaterThan(200);
    const least = page.getByRole('spinbutton', { name: 'Least z' });
    await least.fill('0');
    await least.press('Enter');
    const before = Number(await greatest.inputValue());
    const from = await handleAt(5);
    // Taken near its edge: the side does not leap to the pointer.
    await page.mouse.move(from.x + 6, from.y + 6);
    await page.mouse.down();
    await page.mouse.move(from.x + 6, from.y - 94, { steps: 6 });
    await keepPicture('crop-handles');
    await page.mouse.up();
    // z goes up in the picture: the handle has come along, by as much. A tenth of the arrow keys' step is less than two pixels.
    const to = await handleAt(5);
    expect(Math.abs(to.x - from.x)).toBeLessThan(2);
    expect(Math.abs(to.y - (from.y - 100))).toBeLessThan(2);
    const after = Number(await greatest.inputValue());
    expect(after).toBeGreaterThan(before);
    // What is seen is what the number says: the world's z is ten times the model's.
    await expect.poll(() => 1 / cropNow()[10]!).toBeCloseTo(after / 20, 6);
    expect(studio.looks().at(-1)!.camera.cameraToWorld).toEqual(camera);
    // It stops at the other side, a tenth of the arrow keys' step away.
    await page.mouse.move(to.x, to.y);
    await page.mouse.down();
    await page.mouse.move(to.x, wide.height - 20, { steps: 4 });
    await page.mouse.up();
    expect(Number(await greatest.inputValue())).toBeCloseTo(0.01, 9);
  });

  it('has sides of the crop box that a finger drags, on a phone', async () => {
    await open({ viewport: phone, hasTouch: true });
    await page.getByRole('button', { name: 'Crop box' }).tap();
    await page.getByRole('checkbox', { name: 'Show only what is in the box' }).check();
    await expect.poll(() => cropNow()?.length).toBe(12);
    const camera = studio.looks().at(-1)!.camera.cameraToWorld;
    const least = page.getByRole('spinbutton', { name: 'Least z' });
    await least.fill('-6');
    await least.press('Enter');
    await page.getByRole('button', { name: 'Crop box' }).tap();
    const { x, y } = await handleAt(2);
    const fingers = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
      fingers.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', [{ x, y }]);
    for (const by of [10, 20, 30]) await touch('touchMove', [{ x, y: y + by }]);
    await keepPicture('phone-crop-handles');
    await touch('touchEnd', []);
    await expect.poll(async () => Math.abs((await handleAt(2)).y - (y + 30))).toBeLessThan(2);
    expect(studio.looks().at(-1)!.camera.cameraToWorld).toEqual(camera);
  });

  it('says how large things are, in the units of the data set', async () => {
    await open();
    await page.getByRole('button', { name: 'Settings of the view' }).click();
    await page.getByRole('checkbox', { name: /^Axes/ }).check();
    // 41 units away: some 0.03 to 0.1 units a pixel, by the height of the picture, and a bar of at most 120.
    await expect
      .poll(() => page.locator('.scale').textContent())
      .toMatch(/^[25] units of the data set in the middle; grid: 10$/);
    const length = Number.parseInt((await page.locator('.scale').textContent())!, 10);
    const { width } = (await page.locator('.scale .bar').boundingBox())!;
    expect(width).toBeLessThanOrEqual(120);
    expect(length / width).toBeGreaterThan(0.03);
    expect(length / width).toBeLessThan(0.1);
    await keepPicture('axes');
  });

  it('plans a path: keyframes, file, render job, download', async () => {
    await open();
    await openPanel('Path');
    const add = page.getByRole('button', { name: 'Add the view as a keyframe' });
    await add.click();
    const first = position();
    await drag([150, 0]);
    await expect.poll(() => position()[1]).not.toBe(first[1]);
    await add.click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save', exact: true }).click(),
    ]);
    const { keys } = decodeCameraPath(readFileSync(await file.path(), 'utf8'));
    expect([keys.length, keys[0]!.cameraToWorld[3], keys[0]!.cameraToWorld[11]]).toEqual([
      2,
      first[0],
      first[2],
    ]);
    await page.getByRole('button', { name: 'Render 96 frames' }).click();
    await expect.poll(() => studio.posts.map(({ what }) => what)).toEqual(['POST /api/runs/ball/renders']);
    const { path: sent, format } = studio.posts[0]!.body as {
      path: { camera_path: unknown[] };
      format: string;
    };
    expect([sent.camera_path.length, format]).toEqual([96, 'webp']);
    const job = { id: '7', framesDone: 96, frames: 96, file: 'path.webp' };
    studio.say({ type: 'renders', jobs: [{ ...job, state: 'done' }] });
    expect(await page.getByRole('link', { name: 'Download' }).getAttribute('href')).toBe(
      '/api/runs/ball/renders/7/file',
    );
  });

  it('begins where a deep link says, and keeps the address', async () => {
    await open({ fragment: '#run=ball&camera=1,2,3,1,0,0,0,2.5,40' });
    expect(position()).toEqual([1, 2, 3]);
    const { fy, height } = studio.looks().at(-1)!.camera;
    expect(fy / height).toBeCloseTo(0.5 / Math.tan((20 * Math.PI) / 180), 6);
    await stage().focus();
    await page.keyboard.press('w');
    await expect
      .poll(() => page.evaluate(() => location.hash))
      .toMatch(/^#run=ball&camera=1,2,2\.\d+,1,0,0,0,2.5,40$/);
  });

  it('opens another run of the folder', async () => {
    await open();
    await openPanel('Runs');
    // [SU11] One lies there, the other is drawn for the list.
    const widths = () =>
      page
        .locator('.runs img')
        .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
    await expect.poll(widths).toEqual([160, 160]);
    await page.getByRole('button', { name: /^fox/ }).click();
    await page.locator('h1', { hasText: 'fox' }).waitFor();
    await expect.poll(() => page.evaluate(() => location.hash)).toContain('run=fox');
  });

  it('says of a run that cannot be shown why, until it can', async () => {
    await open();
    studio.say({ type: 'unavailable', error: 'fox: the run has no checkpoint yet.' });
    await page.locator('.state', { hasText: 'cannot be shown' }).waitFor();
    await page.locator('.notice.bad', { hasText: 'no checkpoint yet' }).waitFor();
    await page.evaluate(axe);
    expect(await axeFindings()).toEqual([]);
    await openPanel('Runs');
    await page.getByRole('button', { name: /^fox/ }).click();
    await page.locator('.state', { hasText: 'training' }).waitFor();
  });

  it('[SU12] lists the runs of a fleet, each once, as they are now, and steers them', async () => {
    await open();
    await openPanel('Runs');
    const fleet = page.getByRole('region', { name: 'Fleet' });
    await fleet.waitFor();
    // One of them lies in the folder.
    const names = page.locator('.runs strong');
    expect(await names.allTextContents()).toEqual([
      ...['ball', 'fox', 'hares/seed=2,levels=8,learningRate=0.00512', 'hares/seed=3', 'hares/seed=4'],
      'hares/seed=5',
    ]);
    const lines = page.locator('.fleet-run .says');
    expect(await lines.allTextContents()).toEqual([
      'training, step 300 of 2,000, 12.3 a second · 27.12 dB · attic',
      'paused, step 120 of 2,000 · 21.50 dB in training · lab-4711',
      'set aside · /photos/hare: there is no such folder',
      'waiting, paused',
      'done, step 2,000 · 28.40 dB',
    ]);
    expect(await fleet.locator('p').allTextContents()).toEqual([
      '2 workers · 2 with workers, 1 set aside, 9,951 waiting, 1 done',
      'Not listed: 9,950 waiting.',
    ]);
    // By keys, as all else.
    await page.getByRole('button', { name: 'Pause hares/fox' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.toasts', { hasText: 'It does.' }).waitFor();
    await page.getByRole('button', { name: 'Stop hares/seed=4' }).click();
    await page.getByRole('button', { name: 'Really stop hares/seed=4' }).click();
    await expect
      .poll(() => studio.posts)
      .toEqual([
        { what: 'POST /api/fleet/commands', body: { command: 'pause', run: 'hares/fox' } },
        { what: 'POST /api/fleet/commands', body: { command: 'stop', run: 'hares/seed=4' } },
      ]);
    // What is paused as a whole is not resumed alone.
    const resume = page.getByRole('button', { name: 'Resume hares/seed=2' });
    expect(await resume.isDisabled()).toBe(true);
    expect(await resume.getAttribute('title')).toContain('nerfstream fleet resume all');
    await page.evaluate(axe);
    expect(await axeFindings()).toEqual([]);

    const problem = 'Redis is away: the list is as it was then.';
    studio.setFleet({ problem });
    await page.getByRole('status').filter({ hasText: problem }).waitFor();
    expect(await page.getByRole('button', { name: 'Pause hares/fox' }).isDisabled()).toBe(true);
    expect(await axeFindings()).toEqual([]);
    studio.setFleet({ readOnly: true, runs: [] });
    await expect.poll(() => lines.count()).toBe(0);
    expect(await page.locator('.runs strong').allTextContents()).toEqual(['ball', 'fox']);
    await expect.poll(() => page.getByText(problem).count()).toBe(0);
  });

  it('has its form for a new run and its configuration though what the keys mean is not to be had', async () => {
    await open();
    await page.route('**/api/config-keys', (route) =>
      route.fulfill({ status: 500, json: { error: 'gone' } }),
    );
    await openPanel('Runs');
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByRole('combobox', { name: 'Method' }).waitFor();
    await page.locator('.notice.bad', { hasText: 'gone' }).waitFor();
    await openPanel('Config');
    await page.locator('.config dt').first().waitFor();
  });

  it('begins a run: what is wrong is said at its field, other settings are found by words', async () => {
    await open();
    await openPanel('Runs');
    await page.getByRole('button', { name: 'New run' }).click();
    await page.getByRole('combobox', { name: 'Method' }).selectOption('instant-ngp');
    await page.getByRole('combobox', { name: 'Photos' }).fill('fox');
    await page.getByRole('searchbox', { name: 'Search other settings' }).fill('random');
    await page.getByRole('button', { name: 'trainer.seed' }).click();
    const steps = page.getByRole('textbox', { name: 'trainer.maxSteps' });
    await steps.fill('-5');
    await keepPicture('newRun');
    await page.getByRole('button', { name: 'Begin the run' }).click();
    await page.getByRole('alert').filter({ hasText: 'must be above 0' }).waitFor();
    expect(await steps.getAttribute('aria-invalid')).toBe('true');
    await page.evaluate(axe);
    expect(await axeFindings()).toEqual([]);
    await steps.fill('');
    await page.getByRole('button', { name: 'Begin the run' }).click();
    await page.locator('h1', { hasText: 'fox' }).waitFor();
    expect(studio.posts.map(({ body }) => body)).toEqual([
      {
        ...{ method: 'instant-ngp', data: 'fox', name: '' },
        settings: [{ key: 'trainer.maxSteps', value: '-5' }],
      },
      { method: 'instant-ngp', data: 'fox', name: '', settings: [] },
    ]);
  });

  it('says that it is old without a connection, comes back by itself, and looks again', async () => {
    await open();
    const { port } = new URL(studio.url);
    await studio.close();
    await page.locator('.state', { hasText: /connection lost|connecting/ }).waitFor();
    await page.getByText('old: connection lost').waitFor();
    studio = await startFakeStudio(Number(port));
    await page.locator('.state', { hasText: 'training' }).waitFor();
    await expect.poll(() => studio.looks().length).toBeGreaterThan(0);
    await expect.poll(() => page.getByText('old: connection lost').count()).toBe(0);
  });

  it.each(['dark', 'light'] as const)(
    'has no fault that axe finds, %s, in any panel',
    async (colorScheme) => {
      await open({ colorScheme });
      await page.getByRole('button', { name: 'Cameras of the photos (C)' }).click();
      await page.getByRole('button', { name: 'Crop box' }).click();
      await page.evaluate(axe);
      for (const panel of panels) {
        await openPanel(panel);
        await page.waitForTimeout(300);
        expect(await axeFindings(), panel).toEqual([]);
        await keepPicture(`${colorScheme}-${panel}`);
      }
    },
  );

  /** Pixels that the page or a part of it would need. */
  const widest = () =>
    page.evaluate(() => {
      const parts = Array.from(document.querySelectorAll('.panel, .main, .head'));
      const inside = parts.map((element) => element.scrollWidth);
      return Math.max(document.documentElement.scrollWidth, ...inside);
    });

  it('has room on a phone: nothing to scroll sideways, in any panel', async () => {
    await open({ viewport: phone });
    await page.getByRole('button', { name: 'Cameras of the photos (C)' }).click();
    await page.getByRole('button', { name: '1.png' }).click();
    await page.evaluate(axe);
    for (const [form, viewport, colorScheme] of [
      ['phone', phone, 'light'],
      ['narrow', narrow, 'dark'],
    ] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      for (const tool of ['Settings of the view', 'Keys and mouse', 'Crop box']) {
        await page.getByRole('button', { name: tool }).click();
        expect(await smallTargets(page), tool).toEqual([]);
        expect(await axeFindings(), tool).toEqual([]);
        await keepPicture(`${form}-${tool}`);
      }
      await page.getByRole('button', { name: 'Crop box' }).click();
      // The run's name is not cut off, its figures are whole, and the three choices with their buttons leave half of the picture to be seen.
      expect(await page.locator('.head :is(h1 span, .figures)').evaluateAll(isWhole)).toEqual([true, true]);
      const [tools, picture] = await Promise.all(
        ['.tools', '.picture'].map((part) => page.locator(part).boundingBox()),
      );
      expect(tools!.height).toBeLessThan(picture!.height / 2);
      for (const panel of panels) {
        await openPanel(panel);
        await page.waitForTimeout(200);
        expect(await widest(), panel).toBeLessThanOrEqual(viewport.width);
        expect(await smallTargets(page), panel).toEqual([]);
        await keepPicture(`${form}-${panel}`);
      }
      await openPanel('Runs');
      await page.getByRole('button', { name: 'New run' }).click();
      await page.getByRole('button', { name: 'Begin the run' }).scrollIntoViewIfNeeded();
      await keepPicture(`${form}-New run, its end`);
      await page.getByRole('combobox', { name: 'Method' }).scrollIntoViewIfNeeded();
      expect(await widest()).toBeLessThanOrEqual(viewport.width);
      expect(await smallTargets(page)).toEqual([]);
      await keepPicture(`${form}-New run`);
      await openPanel('Training');
    }
  });

  function axeFindings(): Promise<string[]> {
    return page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
  }

  async function keepPicture(name: string): Promise<void> {
    const folder = process.env.NERFSTREAM_SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: path.join(folder, `studio-${name}.png`) });
  }
});
