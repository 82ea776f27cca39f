/**
 * A thousand photos of 12 megapixels: how long until the first step, and how much memory. The photos are ten views of the demo's objects before a
 * rough wall, with a camera's noise, in files of some megabytes; each stands for a hundred.
 *
 *   npm run bench -- photos
 *   npx tsx bench/photos.ts [--photos 1000] [--methods splat,instant-ngp]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createDemoCameras, fieldOfView } from '../src/data/demo/demoCameras.ts';
import { createDemoObjects } from '../src/data/demo/demoObjects.ts';
import { renderDemoView } from '../src/data/demo/renderDemoView.ts';
import { isMain, type Measurement, report } from './report.ts';
import type { FirstSteps } from './support/firstSteps.ts';

const views = 10;
const [width, height] = [4000, 3000];

/** Writes a data set of `count` photos to `folder`. */
async function writePhotos(folder: string, count: number): Promise<void> {
  mkdirSync(path.join(folder, 'images'));
  const objects = createDemoObjects();
  const frames = [];
  for (const [view, camera] of createDemoCameras(views, 0).entries()) {
    const { data, ...size } = renderDemoView(objects, camera);
    const wall = {
      ...size,
      channels: 3,
      background: 'gray',
      noise: { type: 'gaussian', mean: 120, sigma: 40 },
    } as const;
    const scene = await sharp({ create: wall })
      .composite([{ input: Buffer.from(data), raw: size }])
      .removeAlpha()
      .png()
      .toBuffer();
    const noise = await sharp({
      create: {
        width,
        height,
        channels: 3,
        background: 'gray',
        noise: { type: 'gaussian', mean: 128, sigma: 12 },
      },
    })
      .png({ compressionLevel: 1 })
      .toBuffer();
    // The middle of a square picture as wide as the photo.
    const photo = await sharp(await sharp(scene).resize(width, width, { kernel: 'cubic' }).toBuffer())
      .extract({ left: 0, top: (width - height) / 2, width, height })
      .composite([{ input: noise, blend: 'soft-light' }])
      .jpeg({ quality: 92 })
      .toBuffer();
    const first = `images/${view}.jpg`;
    writeFileSync(path.join(folder, first), photo);
    const m = camera.cameraToWorld;
    const transform_matrix = [m.slice(0, 4), m.slice(4, 8), m.slice(8, 12), [0, 0, 0, 1]];
    for (let index = view; index < count; index += views) {
      const file_path = `images/${index}.jpg`;
      if (index > view) linkSync(path.join(folder, first), path.join(folder, file_path));
      frames.push({ file_path, transform_matrix });
    }
  }
  writeFileSync(
    path.join(folder, 'transforms.json'),
    JSON.stringify({ w: width, h: height, fl_x: width / 2 / Math.tan(fieldOfView / 2), frames }),
  );
}

async function firstStepsOf(data: string, method: string): Promise<FirstSteps> {
  const script = path.join(import.meta.dirname, 'support/firstSteps.ts');
  const child = fork(script, [data, method], { execArgv: ['--import', 'tsx'] });
  const [figures] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [
    FirstSteps | number,
  ];
  if (typeof figures === 'number') throw new Error(`${method} ended with code ${figures}`);
  return figures;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      photos: { type: 'string', default: '1000' },
      methods: { type: 'string', default: 'splat,instant-ngp' },
    },
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-photos-'));
  const measurements: Measurement[] = [];
  try {
    await writePhotos(folder, Number(values.photos));
    for (const method of values.methods.split(',')) {
      console.log(`${method}:`);
      const first = await firstStepsOf(folder, method);
      const { firstStepSeconds, firstStepCpuSeconds, stepMs, peakMegabytes } = first;
      const what = `${values.photos} photos of 12 megapixels, ${method}`;
      measurements.push(
        { what: `${what}: until the first step`, unit: 's', ours: firstStepSeconds, bound: 180 },
        { what: `${what}: processor time until then`, unit: 's', ours: firstStepCpuSeconds },
        { what: `${what}: memory`, unit: 'MB', ours: peakMegabytes, bound: 4096 },
        { what: `${what}: one of the first steps`, unit: 'ms', ours: stepMs },
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  await report('photos', measurements);
}

if (isMain(import.meta.url)) await main();
