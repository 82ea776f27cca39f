import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import { demoCamera } from '../../../src/data/demo/demoCameras.ts';
import { createDemoObjects } from '../../../src/data/demo/demoObjects.ts';
import { renderDemoPictures } from '../../../src/data/demo/renderDemoPictures.ts';
import { renderDemoView } from '../../../src/data/demo/renderDemoView.ts';
import { writeDemoScene } from '../../../src/data/demo/writeDemoScene.ts';
import { loadFrameImage } from '../../../src/data/images.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createDataLog, dataConfig } from '../dataSet.ts';

describe('writeDemoScene', () => {
  it('writes a blender data set of 40 + 8 pictures, once', { timeout: 90_000 }, async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'scenes', 'demo');
    const progress: [number, number][] = [];
    await writeDemoScene(folder, { onProgress: (done, total) => progress.push([done, total]) });
    expect(progress).toHaveLength(48);
    expect(progress.at(-1)).toEqual([48, 48]);
    expect(readdirSync(join(parent, 'scenes'))).toEqual(['demo']);

    const log = createDataLog();
    const scene = await parseScene(dataConfig({ path: folder }), log);
    expect(log.warnings).toEqual([]);
    expect([scene.train.length, scene.eval.length, scene.hasAlpha, scene.bounded]).toEqual([
      40,
      8,
      true,
      true,
    ]);
    for (const { camera } of [...scene.train, ...scene.eval]) {
      const distance = Math.hypot(
        camera.cameraToWorld[3]!,
        camera.cameraToWorld[7]!,
        camera.cameraToWorld[11]!,
      );
      expect(distance).toBeGreaterThan(3.5);
      expect(distance).toBeLessThan(4.5);
    }
    for (const frame of [...scene.train, ...scene.eval]) {
      const image = await loadFrameImage(frame);
      const alpha = Array.from({ length: 40_000 }, (_, pixel) => image.data[pixel * 4 + 3]!);
      const opaque = alpha.filter((value) => value === 255).length / alpha.length;
      expect(opaque).toBeGreaterThan(0.15);
      expect(opaque).toBeLessThan(0.7);
      expect(alpha.some((value) => value > 0 && value < 255)).toBe(true);
      // Nothing is cut off: the border of each picture is empty.
      const border = alpha.filter(
        (_, pixel) => pixel < 200 || pixel >= 39_800 || pixel % 200 === 0 || pixel % 200 === 199,
      );
      expect(Math.max(...border)).toBe(0);
    }

    const before = statSync(join(folder, 'train/r_0.png')).mtimeMs;
    await writeDemoScene(folder, { onProgress: () => expect.unreachable() });
    expect(statSync(join(folder, 'train/r_0.png')).mtimeMs).toBe(before);
  });

  it('does not take an unfinished scene for a complete one, and removes it', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'demo');
    // A process id that cannot be running.
    const abandoned = join(parent, '.demo-unfinished-4999999');
    mkdirSync(join(abandoned, 'train'), { recursive: true });
    writeFileSync(join(abandoned, 'transforms_train.json'), '{}');
    const stopped = writeDemoScene(folder, {
      onProgress: (done) => {
        if (done === 2) throw new Error('stopped');
      },
    });
    await expect(stopped).rejects.toThrow(/demo: cannot be written \(stopped\)/);
    expect(readdirSync(parent)).toEqual([]);
  });

  it('tells the error of a thread that cannot write', async () => {
    const missing = join(temporaryFolder(), 'missing', 'r_0.png');
    const camera = demoCamera([0, -4, 1], 8);
    const pictures = [0, 1].map(() => ({ file: missing, camera }));
    await expect(renderDemoPictures(pictures, () => expect.unreachable(), 2)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('writes the same bytes from any number of threads', async () => {
    const bytes = async (threads: number) => {
      const folder = temporaryFolder();
      const pictures = [1, 2, 3].map((height) => ({
        file: join(folder, `${height}.png`),
        camera: demoCamera([0, -4, height], 16),
      }));
      let done = 0;
      await renderDemoPictures(pictures, () => done++, threads);
      expect(done).toBe(3);
      return pictures.map(({ file }) => readFileSync(file).toString('hex'));
    };
    expect(await bytes(5)).toEqual(await bytes(1));
  });

  it('does not touch a folder that holds something else', async () => {
    const parent = temporaryFolder();
    writeFileSync(join(parent, 'file'), 'mine');
    await expect(writeDemoScene(join(parent, 'file', 'demo'))).rejects.toThrow(/Choose another folder/);
    await expect(writeDemoScene(parent)).rejects.toThrow(/holds something else\. Choose another folder/);
    expect(readdirSync(parent)).toEqual(['file']);
    expect(readFileSync(join(parent, 'file'), 'utf8')).toBe('mine');
  });
});

describe('renderDemoView', () => {
  it('always takes the same picture, with highlights that move with the camera', () => {
    const objects = createDemoObjects();
    const take = (x: number, y: number, z: number) => renderDemoView(objects, demoCamera([x, y, z], 64)).data;
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(hash(take(3, 2, 2))).toBe(hash(take(3, 2, 2)));
    expect(hash(take(3, 2, 2))).not.toBe(hash(take(3, 2.5, 2)));
  });

  it('stays inside the box that cameras look at', () => {
    for (const { position, bound } of createDemoObjects())
      for (const coordinate of position)
        expect(Math.abs(coordinate) + Math.min(bound, 0.2)).toBeLessThanOrEqual(1.2);
  });
});
