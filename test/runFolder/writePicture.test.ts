import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { RunFolderError } from '../../src/errors.ts';
import { writePicture } from '../../src/runFolder/writePicture.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const image = { width: 2, height: 1, data: Uint8Array.of(0, 128, 255, 255, 0, 0) };

describe('writePicture', () => {
  it('writes a PNG and the folders that it needs', async () => {
    const folder = temporaryFolder();
    await writePicture(folder, 'eval/a.png', image);
    const { data, info } = await sharp(readFileSync(path.join(folder, 'eval/a.png')))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, [...data]]).toEqual([2, 1, [0, 128, 255, 255, 0, 0]]);
  });

  it('says which picture cannot be written, and why', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'eval'), 'a file in the way');
    const refused = writePicture(folder, 'eval/a.png', image);
    await expect(refused).rejects.toThrow(RunFolderError);
    await expect(refused).rejects.toThrow(/a\.png cannot be written: .*(exist|folder)/);
  });
});
