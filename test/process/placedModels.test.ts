import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readColmapModel } from '../../src/data/dataparsers/colmap/openColmap.ts';
import { keepModels } from '../../src/process/placedModels.ts';
import { processPaths } from '../../src/process/processFolder.ts';
import { colmapBinary } from '../support/colmapFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

function writeModel(folder: string, photos: readonly string[]): void {
  const files = colmapBinary({
    cameras: [{ id: 1, model: 'SIMPLE_PINHOLE', number: 0, size: [8, 8], parameters: [8, 4, 4] }],
    images: photos.map((name, id) => ({
      id,
      name,
      camera: 1,
      rotation: [1, 0, 0, 0],
      translation: [0, 0, 0],
    })),
    points: [],
  });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
}

it('keeps the largest model first, and leaves out pairs and models whose photos are all in larger ones', async () => {
  const paths = processPaths(temporaryFolder());
  const groups = ['abc', 'abcdef', 'bcd', 'fgh', 'xy'];
  for (const [index, names] of groups.entries()) writeModel(path.join(paths.models, `${index}`), [...names]);
  await keepModels(paths);
  expect(readdirSync(paths.sparse)).toEqual(['0', '1']);
  const photosOf = async (name: string) => {
    const { images } = await readColmapModel({ folder: path.join(paths.sparse, name), ending: 'bin' });
    return images.map((image) => image.name).join('');
  };
  expect([await photosOf('0'), await photosOf('1')]).toEqual(['abcdef', 'fgh']);
});
