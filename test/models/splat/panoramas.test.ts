/** A run on panoramas: splats train on views that are cut out of them, and held-out panoramas are compared whole. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createTrainer } from '../../../machines/createTrainer.ts';
import { openRun } from '../../../machines/openRun.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { cameraDirections } from '../../../src/data/cameras/cameraDirections.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const size = { width: 256, height: 128 };
const lens = { model: 'EQUIRECTANGULAR', ...size, fx: 128, fy: 128, cx: 128, cy: 64 } as const;

/** Colours of a room of 4 x 4 x 4 about the origin, 0..255: a slow pattern on its walls. */
function wallColor(origin: readonly number[], direction: readonly number[]): number[] {
  const steps = direction.map((d, k) => (d === 0 ? Infinity : ((d > 0 ? 2 : -2) - origin[k]!) / d));
  const along = Math.min(...steps);
  const place = origin.map((o, k) => o + along * direction[k]!);
  return place.map((value, k) =>
    Math.round(127 + 90 * Math.sin(1.3 * value + 0.9 * place[(k + 1) % 3]! + k)),
  );
}

/** Ten panoramas from places in the middle of the room, as transforms.json; the turn about the vertical differs. */
async function writeRoom(folder: string): Promise<void> {
  mkdirSync(path.join(folder, 'images'));
  const directions = cameraDirections(lens);
  const frames = Array.from({ length: 10 }, async (_, index) => {
    const at = [0, 1, 2].map((k) => 0.7 * Math.sin(2.3 * index + 2.1 * k + 0.4));
    const [cos, sin] = [Math.cos(index), Math.sin(index)];
    // z is up: a camera looks along its own -z, and its y points up.
    const rotation = [cos, 0, sin, sin, 0, -cos, 0, 1, 0];
    const data = new Uint8Array(size.width * size.height * 3);
    for (let pixel = 0; pixel < size.width * size.height; pixel++) {
      const d = directions.subarray(3 * pixel, 3 * pixel + 3);
      const world = [0, 1, 2].map(
        (r) => rotation[3 * r]! * d[0]! + rotation[3 * r + 1]! * d[1]! + rotation[3 * r + 2]! * d[2]!,
      );
      data.set(wallColor(at, world), 3 * pixel);
    }
    const file_path = `images/${index}.png`;
    await sharp(data, { raw: { ...size, channels: 3 } })
      .png()
      .toFile(path.join(folder, file_path));
    const rows = [0, 1, 2].map((r) => [...rotation.slice(3 * r, 3 * r + 3), at[r]!]);
    return { file_path, transform_matrix: [...rows, [0, 0, 0, 1]] };
  });
  const transforms = {
    camera_model: 'EQUIRECTANGULAR',
    w: size.width,
    h: size.height,
    frames: await Promise.all(frames),
  };
  writeFileSync(path.join(folder, 'transforms.json'), JSON.stringify(transforms));
}

it('[DA27] trains on panoramas, says how, and shows them again', async () => {
  const folder = temporaryFolder();
  await writeRoom(folder);
  const config = await loadConfig('splat-fast', {
    data: { path: folder, split: 'interval', evalInterval: 5 },
    ...{ threads: 2, engine: 'simd' },
    model: { horizonSteps: 600, maxSplats: 2000, start: { points: 300 } },
    trainer: { maxSteps: 600, fitToTime: false },
    evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
    checkpoint: { everySteps: 0 },
    sinks: [],
  } as never);
  const runDir = path.join(temporaryFolder(), 'run');
  const lines: string[] = [];
  const note = (_: object, message: string) => void lines.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const summary = await createTrainer(config, { runDir, log }).done;
  expect(summary.status).toBe('completed');
  expect(lines.join('\n')).toContain(
    '8 photos have lenses that splats are not projected through: they train as 48 perspective views that are cut out of them',
  );
  // One colour alone, the mean, has 11 dB.
  expect(summary.eval!.psnr).toBeGreaterThan(23);
  const run = await openRun(runDir);
  const work = run.render!({
    camera: { ...lens, cameraToWorld: run.scene.eval[0]!.camera.cameraToWorld },
    outputs: ['rgb', 'depth'],
  });
  let turn = work.next();
  while (!turn.done) turn = work.next();
  expect(turn.value).toMatchObject(size);
  // The walls are all around: 1.3 to 4.7 away in the room's units.
  const unit = run.scene.worldToModel.scale;
  const depth = turn.value.outputs['depth']!.data;
  const within = Array.from(depth).filter((value) => value / unit > 1 && value / unit < 5).length;
  expect(within / depth.length).toBeGreaterThan(0.9);
  run.dispose();
}, 240_000);
