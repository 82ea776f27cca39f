import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { differenceOf, fingerprintOf, looksOf } from '../../src/data/dataFingerprint.ts';
import { namesSeenFrom, parseScene } from '../../src/data/dataparsers/parseScene.ts';
import { loadFrameImage } from '../../src/data/images.ts';
import type { Scene } from '../../src/data/scene.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createDataLog, dataConfig, writeCapture } from './dataSet.ts';

async function read(folder: string) {
  const scene = await parseScene(dataConfig({ path: folder }), createDataLog());
  const images = await Promise.all([...scene.train, ...scene.eval].map(loadFrameImage));
  return { scene, images, data: await fingerprintOf(scene, namesSeenFrom(folder), images.map(looksOf)) };
}

/** A capture of 12 images, and what differs when a copy of it has been changed. */
async function differenceAfter(
  // biome-ignore lint/suspicious/noExplicitAny: tests change the file in every way.
  change: (transforms: any) => void,
  changeFiles: (folder: string) => unknown = () => {},
) {
  const folders = [temporaryFolder(), temporaryFolder()] as const;
  await writeCapture(folders[0], 12);
  await writeCapture(folders[1], 12, change);
  await changeFiles(folders[1]);
  const [before, now] = [await read(folders[0]), await read(folders[1])];
  return differenceOf(before.data, now.data);
}

describe('fingerprintOf', () => {
  it('[RF10] is the same wherever the data lie, and however their paths are written', async () => {
    const [folder, elsewhere] = [temporaryFolder(), join(temporaryFolder(), 'a copy')];
    await writeCapture(folder, 12);
    cpSync(folder, elsewhere, { recursive: true });
    await writeCapture(elsewhere, 12, (transforms) => {
      transforms.frames.reverse();
      for (const frame of transforms.frames) frame.file_path = `.\\${frame.file_path.replace('/', '\\')}`;
    });
    const { data } = await read(folder);
    expect(data.train[0]).toBe('images/00.png');
    expect(data.cameras).toHaveLength(12 * 16);
    expect((await read(elsewhere)).data).toEqual(data);
    const file = join(folder, 'transforms.json');
    const { scene, images } = await read(file);
    expect(await fingerprintOf(scene, namesSeenFrom(file), images.map(looksOf))).toEqual(data);
    const moved = join(temporaryFolder(), 'moved');
    renameSync(folder, moved);
    expect((await read(moved)).data).toEqual(data);
  });

  it('[RF10] is the same on machines whose arithmetic differs in the last bits', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 12, (transforms) => {
      // Numbers that people write: ends of binary and decimal grids, where rounding would turn on a last bit.
      transforms.frames.forEach((frame: { transform_matrix: number[][] }, index: number) => {
        frame.transform_matrix[0]![3] = [0.5, 1 / 128, 2.5e-6, 1.0000005, 0, -0.1][index % 6]! + index;
      });
      Object.assign(transforms, { cx: 4.0005, k1: 0.0000005 });
    });
    const { scene, images, data } = await read(folder);
    for (const share of [2 ** -50, -(2 ** -50)]) {
      const shifted = (value: number) => value * (1 + share) + share;
      const other: Scene = {
        ...scene,
        train: scene.train.map((frame) => ({
          ...frame,
          camera: {
            ...frame.camera,
            fx: shifted(frame.camera.fx),
            cx: shifted(frame.camera.cx),
            cameraToWorld: frame.camera.cameraToWorld.map(shifted),
          },
        })),
        worldToModel: { ...scene.worldToModel, scale: shifted(scene.worldToModel.scale) },
      };
      expect(await fingerprintOf(other, namesSeenFrom(folder), images.map(looksOf))).toEqual(data);
    }
  });

  it('[RF10] does not change with a decoder that rounds otherwise', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 12);
    const { scene, images, data } = await read(folder);
    const brighter = images.map((image) => ({ ...image, data: image.data.map((value) => value + 1) }));
    expect(
      differenceOf(data, await fingerprintOf(scene, namesSeenFrom(folder), brighter.map(looksOf))),
    ).toBeUndefined();
  });
});

describe('differenceOf', () => {
  it('[RF6] names the first frame whose pose or lens is another, and no other', async () => {
    expect(await differenceAfter(() => {})).toBeUndefined();
    expect(await differenceAfter((t) => t.frames[4].transform_matrix[2].splice(3, 1, 2.001))).toBe(
      'training image images/04.png has another pose, size (data.downscale) or lens',
    );
    expect(await differenceAfter((t) => Object.assign(t.frames[7], { fl_x: 10.01 }))).toMatch(
      /images\/07\.png has another pose/,
    );
    expect(await differenceAfter((t) => Object.assign(t.frames[7], { k1: 0.001 }))).toMatch(
      /images\/07\.png has another pose/,
    );
  });

  it('[RF6] says how many frames there were, and which is the first that is missing', async () => {
    expect(await differenceAfter((t) => t.frames.splice(3, 1))).toBe(
      '11 training and 1 held-out frames then, 10 and 1 now; the first difference is training image images/03.png then, training image images/04.png now',
    );
  });

  it('[RF6] says when the split is another', async () => {
    const names = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, k) => `images/${String(from + k).padStart(2, '0')}.png`);
    const difference = await differenceAfter((t) => {
      t.train_filenames = names(1, 12);
      t.test_filenames = names(0, 1);
    });
    expect(difference).toMatch(
      /^the first difference is training image images\/00\.png then, training image images\/01/,
    );
  });

  it('[RF6] sees another photo of the same size, and not that one was saved again', async () => {
    const file = (folder: string) => join(folder, 'images/05.png');
    const photo = (level: number) =>
      sharp(Buffer.alloc(8 * 6 * 3, level), { raw: { width: 8, height: 6, channels: 3 } });
    expect(
      await differenceAfter(
        () => {},
        (folder) => photo(140).toFile(file(folder)),
      ),
    ).toBe('training image images/05.png shows something else');
    const saveAgain = (folder: string) => photo(128).png({ compressionLevel: 1 }).toFile(file(folder));
    expect(await differenceAfter(() => {}, saveAgain)).toBeUndefined();
  });
});
