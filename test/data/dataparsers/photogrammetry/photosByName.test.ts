import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { photosByName } from '../../../../src/data/dataparsers/photogrammetry/photosByName.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { createDataLog, writeImage } from '../../dataSet.ts';

async function find(photos: readonly string[], names: readonly string[], images?: string) {
  const folder = temporaryFolder();
  for (const photo of photos) await writeImage(join(folder, photo));
  const log = createDataLog();
  const search = {
    source: 'cameras.xml',
    folder,
    images,
    cameras: names,
    nameOf: (name: string) => name,
    log,
  };
  const found = await photosByName(search);
  return { photos: found.map(({ photo }) => photo), warnings: log.warnings };
}

describe('photosByName', () => {
  it.each([
    ['with an extension, in images', ['images/a.jpg', 'a.jpg'], 'a.jpg', 'images/a.jpg'],
    ['without one, anywhere', ['deep/down/a.jpg', 'deep/b.jpg'], 'a', 'deep/down/a.jpg'],
    ['with another one', ['images/a.jpg'], 'a.TIF', 'images/a.jpg'],
    ['with a dot in it', ['images/a.b.png'], 'a.b', 'images/a.b.png'],
    ['in other letters', ['images/A.JPG'], 'a.jpg', 'images/A.JPG'],
    ['the very file, not one with another extension', ['a.jpg', 'a.png'], 'a.png', 'a.png'],
    [
      'with folders of another computer',
      ['images/1/a.jpg', 'images/2/a.jpg'],
      'D:\\scan\\2\\a.jpg',
      'images/2/a.jpg',
    ],
    [
      'not masks and smaller copies',
      ['images/a.jpg', 'images/masks/a.jpg', 'images/images_2/a.jpg'],
      'a',
      'images/a.jpg',
    ],
  ])('[DA11] finds a name %s', async (_, photos, name, wanted) => {
    expect(await find(photos, [name])).toEqual({ photos: [wanted], warnings: [] });
  });

  it('looks in the folder that is named', async () => {
    expect((await find(['images/a.jpg', 'other/a.jpg'], ['a.jpg'], 'other')).photos).toEqual(['other/a.jpg']);
  });

  it('[DA11] leaves out what is not there, and says how many', async () => {
    const { photos, warnings } = await find(['images/a.jpg'], ['b.jpg', 'a.jpg', 'c.jpg']);
    expect(photos).toEqual(['images/a.jpg']);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^cameras\.xml: 2 of its 3 photos are left out: no photo in .*images has the name \(the first is "b\.jpg"\)\.$/,
      ),
    ]);
  });

  it.each([
    [
      'no photo is there',
      ['images/a.jpg'],
      ['b.jpg'],
      /none of its 1 photos exists: .*"b\.jpg".*data\.parser\.images=DIR\.$/,
    ],
    [
      'a name may be that of several',
      ['1/a.jpg', '2/a.jpg'],
      ['a.jpg'],
      /"a\.jpg" may be 1\/a\.jpg or 2\/a\.jpg/,
    ],
    [
      'two cameras have the same',
      ['images/a.jpg'],
      ['a.jpg', 'a'],
      /the cameras "a\.jpg" and "a" have the same photo/,
    ],
  ])('[DA11] refuses in one line when %s', async (_, photos, names, message) => {
    await expect(find(photos, names)).rejects.toThrow(message);
  });
});
