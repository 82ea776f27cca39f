/** COLMAP's files, binary and text: read as written, and damaged ones refused in one line. */
import { describe, expect, it } from 'vitest';
import {
  readCamerasBinary,
  readImagesBinary,
  readPointsBinary,
} from '../../../../src/data/dataparsers/colmap/readColmapBinary.ts';
import {
  readCamerasText,
  readImagesText,
  readPointsText,
} from '../../../../src/data/dataparsers/colmap/readColmapText.ts';
import { DataError } from '../../../../src/errors.ts';
import { type ColmapFixture, colmapBinary, colmapText, rowOfPhotos } from '../../../support/colmapFiles.ts';

const fixture: ColmapFixture = {
  ...rowOfPhotos(3),
  cameras: [
    { id: 1, model: 'PINHOLE', number: 1, size: [8, 6], parameters: [10, 11, 4, 3] },
    {
      id: 5,
      model: 'OPENCV',
      number: 4,
      size: [4000, 3000],
      parameters: [9, 8, 7, 6, 0.1, -0.2, 0.03, 1e-4],
    },
  ],
};
const readers = {
  'cameras.bin': readCamerasBinary,
  'images.bin': readImagesBinary,
  'points3D.bin': readPointsBinary,
} as const;

describe('binary files of COLMAP', () => {
  const files = colmapBinary(fixture);

  it('give what was written', () => {
    expect([...readCamerasBinary(files['cameras.bin']!, 'c')]).toEqual([
      [1, { model: 'PINHOLE', width: 8, height: 6, parameters: [10, 11, 4, 3] }],
      [5, { model: 'OPENCV', width: 4000, height: 3000, parameters: [9, 8, 7, 6, 0.1, -0.2, 0.03, 1e-4] }],
    ]);
    expect(readImagesBinary(files['images.bin']!, 'i')).toEqual(
      fixture.images.map(({ name, rotation, translation }) => ({ name, cameraId: 1, rotation, translation })),
    );
    const { positions, colors } = readPointsBinary(files['points3D.bin']!, 'p');
    expect([...positions]).toEqual(fixture.points.flatMap(({ position }) => position));
    expect([...colors]).toEqual(fixture.points.flatMap(({ color }) => color));
  });

  it.each(Object.keys(readers) as (keyof typeof readers)[])('%s cut off anywhere is refused', (name) => {
    const whole = files[name]!;
    for (let length = 0; length < whole.length; length++)
      expect(() => readers[name](whole.subarray(0, length), name)).toThrow(DataError);
  });

  it('say that a camera model is unknown', () => {
    const unknown = { ...fixture, cameras: [{ ...fixture.cameras[0]!, number: 99 }] };
    expect(() => readCamerasBinary(colmapBinary(unknown)['cameras.bin']!, 'cameras.bin')).toThrow(
      /^cameras\.bin: camera 1 has the unknown model number 99\./,
    );
  });
});

describe('text files of COLMAP', () => {
  it('give what the binary ones give', () => {
    const [text, binary] = [colmapText(fixture), colmapBinary(fixture)];
    expect(readCamerasText(text['cameras.txt']!, 'c')).toEqual(
      readCamerasBinary(binary['cameras.bin']!, 'c'),
    );
    expect(readImagesText(text['images.txt']!, 'i')).toEqual(readImagesBinary(binary['images.bin']!, 'i'));
    expect(readPointsText(text['points3D.txt']!, 'p')).toEqual(
      readPointsBinary(binary['points3D.bin']!, 'p'),
    );
  });

  it('may have names with spaces, carriage returns and a byte order mark', () => {
    const text =
      '\ufeff# images\r\n1 1 0 0 0 0 0 0 3 my photo 1.jpg\r\n\r\n2 1 0 0 0 1 2 3 3 b.jpg\r\n1 2 -1\r\n';
    expect(readImagesText(text, 'i').map(({ name, cameraId }) => [name, cameraId])).toEqual([
      ['my photo 1.jpg', 3],
      ['b.jpg', 3],
    ]);
  });

  it('name the line that is wrong', () => {
    expect(() => readCamerasText('#\n1 PINHOLE 8 6 10 x 4 3\n', 'cameras.txt')).toThrow(
      /^cameras\.txt: line 2: "x" is not a number\./,
    );
    expect(() => readPointsText('1 0 0\n', 'points3D.txt')).toThrow(
      /^points3D\.txt: line 1: a number is missing\./,
    );
    expect(() => readImagesText('1 1 0 0 0 0 0 0 1\n', 'images.txt')).toThrow(/line 1 names no image/);
  });
});
