/** Thumbnails of runs, with a list, pictures and drawings of the test's own. */
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { RenderedImage } from '../../src/pipeline/pipeline.ts';
import type { RenderCamera } from '../../src/pipeline/renderCamera.ts';
import type { RunEntry, RunThumbnail } from '../../src/studio/protocol.ts';
import { createThumbnails, type DrawnRun } from '../../src/studio/thumbnails.ts';
import { eventually } from '../support/eventually.ts';

const camera: RenderCamera = {
  ...{ cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], width: 640, height: 480, fx: 600, fy: 600 },
};
const green = (width: number, height: number) => ({
  ...{ width, height, channels: 3 as const, background: { r: 0, g: 200, b: 0 } },
});

/** @param thumbnails by the name of the run, as the list says it */
function gallery(thumbnails: Record<string, RunThumbnail | undefined>) {
  const told: string[] = [];
  const clock = { now: 0, isTraining: false };
  /** A drawing ends when it is let go. */
  const held: (() => void)[] = [];
  const run = (name: string): DrawnRun => ({
    shown: { scene: { train: [], eval: [{ name: 'a.png', camera }] }, outputs: ['rgb'] },
    async render({ camera: { width, height } }) {
      told.push(`draws ${name} ${width}x${height}`);
      await new Promise<void>((resolve) => held.push(resolve));
      clock.now += 10;
      const data = await sharp({ create: green(width, height) })
        .raw()
        .toBuffer();
      const image: RenderedImage = { width, height, outputs: { rgb: { channels: 3, data } } };
      return { ...image, step: 5 };
    },
  });
  const made = createThumbnails({
    list: async () =>
      Object.entries(thumbnails).map(
        ([name, thumbnail]): RunEntry => ({
          ...{ name, mode: 'finished', method: 'x', status: '', changedAt: 0 },
          ...(thumbnail && { thumbnail }),
        }),
      ),
    async picture(name, file) {
      told.push(`reads ${name} ${file}`);
      return sharp({ create: green(1000, 500) })
        .png()
        .toBuffer();
    },
    async withRun(name, use) {
      if (name === 'broken') throw new Error('no checkpoint is whole');
      return use(run(name)).finally(() => told.push(`closes ${name}`));
    },
    isAtHand: (name) => name === 'live',
    isTraining: async () => clock.isTraining,
    now: () => clock.now,
  });
  const read = (name: string, signal = new AbortController().signal) => made.read(name, signal);
  return { told, clock, held, read, close: made.close, thumbnails };
}

async function sizeOf(jpeg: Buffer | undefined) {
  const { format, width, height } = await sharp(jpeg).metadata();
  return { format, width, height };
}

it('[SU11] is a small one of the evaluation’s picture, made once until the run has another one', async () => {
  const { read, told, thumbnails, close } = gallery({ fox: { version: '1', file: '00000.png' } });
  expect(await sizeOf(await read('fox'))).toEqual({ format: 'jpeg', width: 192, height: 96 });
  await read('fox');
  expect(told).toEqual(['reads fox 00000.png']);
  thumbnails['fox'] = { version: '2', file: '00001.png' };
  await read('fox');
  expect(told).toEqual(['reads fox 00000.png', 'reads fox 00001.png']);
  close();
});

it('[SU11] is drawn where no evaluation was: what the first held-out photo shows, one run at a time', async () => {
  const { read, told, held, close } = gallery({ a: { version: '1' }, b: { version: '1' } });
  const [first, second] = [read('a'), read('b')];
  await eventually(() => expect(held).toHaveLength(1));
  expect(told).toEqual(['draws a 192x144']);
  held[0]!();
  expect(await sizeOf(await first)).toEqual({ format: 'jpeg', width: 192, height: 144 });
  const { dominant } = await sharp(await first).stats();
  expect(dominant.g).toBeGreaterThan(dominant.r + 100);
  await eventually(() => expect(held).toHaveLength(2));
  expect(told).toEqual(['draws a 192x144', 'closes a', 'draws b 192x144']);
  held[1]!();
  await second;
  expect(await read('a')).toBe(await first);
  expect(told).toHaveLength(4);
  close();
});

it('[SU11] is not begun when nobody waits for it any more, and one that fails keeps up nobody', async () => {
  const { read, told, held, close } = gallery({
    ...{ a: { version: '1' }, left: { version: '1' }, broken: { version: '1' }, z: { version: '1' } },
    nothing: undefined,
  });
  const gone = new AbortController();
  const reads = [read('a'), read('left', gone.signal), read('broken'), read('z')];
  await eventually(() => expect(held).toHaveLength(1));
  gone.abort();
  held[0]!();
  await eventually(() => expect(held).toHaveLength(2));
  held[1]!();
  const made = await Promise.all(reads);
  expect(made.map((jpeg) => jpeg !== undefined)).toEqual([true, false, false, true]);
  expect(told.filter((what) => what.startsWith('draws'))).toEqual(['draws a 192x144', 'draws z 192x144']);
  expect([await read('nothing'), await read('elsewhere')]).toEqual([undefined, undefined]);
  close();
});

it('[SU11] of the run that is at hand waits for no other', async () => {
  const { read, told, held, close } = gallery({ a: { version: '1' }, live: { version: '1' } });
  const [first, second] = [read('a'), read('live')];
  await eventually(() => expect(held).toHaveLength(2));
  expect([...told].sort()).toEqual(['draws a 192x144', 'draws live 192x144']);
  for (const go of held) go();
  expect(await Promise.all([first, second])).not.toContain(undefined);
  close();
});

it('[SU11] leaves nineteen parts in twenty of the time to a training', async () => {
  const { read, held, clock, close } = gallery({ a: { version: '1' }, b: { version: '1' } });
  clock.isTraining = true;
  const [, second] = [read('a'), read('b')];
  await eventually(() => expect(held).toHaveLength(1));
  const began = performance.now();
  held[0]!();
  await eventually(() => expect(held).toHaveLength(2));
  // Ten milliseconds by the clock of the test.
  expect(performance.now() - began).toBeGreaterThanOrEqual(185);
  held[1]!();
  await second;
  close();
});
