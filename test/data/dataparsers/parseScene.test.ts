import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import { loadFrameImage } from '../../../src/data/images.ts';
import { DataError } from '../../../src/errors.ts';
import { dataDir, hasDataSet } from '../../support/dataDir.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, poseAt, writeCapture, writeImage, writeTransforms } from '../dataSet.ts';

async function failureOf(path: string, parser: 'auto' | 'blender' | 'nerfstudio' = 'auto') {
  const error = await parseScene(dataConfig({ path, parser }), createDataLog()).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).message;
}

async function writeBlender(folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const name = file.slice('transforms_'.length, -'.json'.length);
    await writeImage(join(folder, `${name}/r_0.png`), { width: 10, height: 10, channels: 4 });
    await writeImage(join(folder, `${name}/r_1.png`), { width: 10, height: 10, channels: 4 });
    const frames = [0, 1].map((index) => ({
      file_path: `./${name}/r_${index}`,
      transform_matrix: poseAt(index, 3, 2),
    }));
    writeTransforms(folder, { camera_angle_x: Math.PI / 2, frames }, file);
  }
}

describe('parseScene', () => {
  it('recognizes a blender scene and leaves its poses as they are', async () => {
    const folder = temporaryFolder();
    await writeBlender(folder, ['transforms_train.json', 'transforms_test.json', 'transforms_val.json']);
    const log = createDataLog();
    const scene = await parseScene(dataConfig({ path: folder }), log);
    expect(scene).toMatchObject({
      bounded: true,
      aabb: [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5],
      hasAlpha: true,
      worldToModel: { scale: 1 },
    });
    expect(scene.train.map(({ name }) => name)).toEqual(['./train/r_0', './train/r_1']);
    expect(scene.eval.map(({ name }) => name)).toEqual(['./test/r_0', './test/r_1']);
    expect(scene.train[1]!.camera.cameraToWorld).toEqual([1, 0, 0, 1, 0, 1, 0, 3, 0, 0, 1, 2]);
    expect(scene.train[1]!.camera).toMatchObject({ model: 'OPENCV', width: 10, height: 10, cx: 5, cy: 5 });
    expect(scene.train[1]!.camera.fx).toBeCloseTo(5, 12);
    expect(log.warnings).toEqual([]);
  });

  it('holds out the validation images of a blender scene without test images, and none without both', async () => {
    const folder = temporaryFolder();
    await writeBlender(folder, ['transforms_train.json', 'transforms_val.json']);
    const scene = await parseScene(dataConfig({ path: folder }), createDataLog());
    expect(scene.eval.map(({ name }) => name)).toEqual(['./val/r_0', './val/r_1']);

    const alone = temporaryFolder();
    await writeBlender(alone, ['transforms_train.json']);
    const log = createDataLog();
    expect((await parseScene(dataConfig({ path: alone }), log)).eval).toEqual([]);
    expect(log.warnings[0]).toContain('no transforms_test.json');
  });

  it('[DA4] trains without held-out images where those of a blender scene are missing, and says so', async () => {
    const folder = temporaryFolder();
    await writeBlender(folder, ['transforms_train.json', 'transforms_test.json']);
    rmSync(join(folder, 'test'), { recursive: true });
    const log = createDataLog();
    const scene = await parseScene(dataConfig({ path: folder }), log);
    expect([scene.train.length, scene.eval.length]).toEqual([2, 0]);
    expect(log.warnings).toEqual([
      `${folder}/transforms_test.json: none of its 2 images exists (the first would be ${folder}/test/r_0).`,
      `${folder}: no image is held out for evaluation: transforms_test.json has no image that exists.`,
    ]);
    await writeBlender(folder, ['transforms_val.json']);
    const { eval: held } = await parseScene(dataConfig({ path: folder }), createDataLog());
    expect(held.map(({ name }) => name)).toEqual(['./val/r_0', './val/r_1']);
  });

  it('[DA4] takes an empty list of test views as none', async () => {
    const folder = temporaryFolder();
    await writeBlender(folder, ['transforms_train.json', 'transforms_val.json']);
    writeTransforms(folder, { camera_angle_x: 1, frames: [] }, 'transforms_test.json');
    const { eval: held } = await parseScene(dataConfig({ path: folder }), createDataLog());
    expect(held).toHaveLength(2);
  });

  it.each(['transform.json', 'transforms.JSON', 'transforms_1.json'])(
    '[DA3] names a file that may be meant: %s',
    async (name) => {
      const folder = temporaryFolder();
      await writeCapture(folder, 2);
      renameSync(join(folder, 'transforms.json'), join(folder, name));
      expect(await failureOf(folder)).toContain(
        `${name} is there: if that is it, name the file (--data ${join(folder, name)}).`,
      );
      expect(
        (await parseScene(dataConfig({ path: join(folder, name) }), createDataLog())).train,
      ).toHaveLength(2);
    },
  );

  it.each([
    ['UTF-16, little-endian', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big-endian', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
  ])('[DA7] reads a file in %s', async (_, encode) => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2);
    const file = join(folder, 'transforms.json');
    writeFileSync(file, encode(readFileSync(file, 'utf8')));
    expect((await parseScene(dataConfig({ path: folder }), createDataLog())).train).toHaveLength(2);
  });

  it('takes the transforms file itself', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 3);
    const scene = await parseScene(dataConfig({ path: join(folder, 'transforms.json') }), createDataLog());
    expect(scene.train).toHaveLength(3);
    const blender = temporaryFolder();
    await writeBlender(blender, ['transforms_train.json']);
    const path = join(blender, 'transforms_train.json');
    expect((await parseScene(dataConfig({ path }), createDataLog())).bounded).toBe(true);
  });

  it('says what is wrong with a folder', async () => {
    const folder = temporaryFolder();
    expect(await failureOf('')).toMatch(/^No data set given\. Name its folder: --data DIR\.$/);
    expect(await failureOf(join(folder, 'nowhere'))).toMatch(
      /nowhere: does not exist\. Say where the data set is: --data DIR/,
    );
    expect(await failureOf(folder)).toMatch(/the folder is empty/);
    mkdirSync(join(folder, 'sparse'));
    expect(await failureOf(folder)).toMatch(
      /has no transforms_train\.json .*, transforms\.json .*COLMAP.* or poses_bounds\.npy/,
    );
    await writeCapture(folder, 2);
    expect(await failureOf(folder, 'blender')).toMatch(/has no transforms_train\.json/);
    expect(await failureOf(join(folder, 'images/00.png'))).toMatch(
      /not a folder and not a \.json, \.xml or \.csv file/,
    );
  });

  it.each([
    ['', /is empty; it should/],
    ['{"frames": [{}, \n  {"a": 1,}]}', /broken JSON: unexpected "}" at line 2, column 11/],
    ['{"frames": [', /ends too early, at line 1, column 13/],
    ['{"frames": [[1, 0],\n [0, NaN]]}', /line 2, column 6: NaN is not a number/],
    ['[1, 2]', /must be an object, but is array/],
    ['\u0000\u0001binary', /unexpected .* at line 1, column 1/],
  ])('says where a file is broken: %j', async (text, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'transforms.json'), text);
    const failure = await failureOf(folder);
    expect(failure).toMatch(message);
    expect(failure).not.toContain('\n');
  });

  it.skipIf(process.getuid?.() === 0)('says when a file may not be read', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2);
    chmodSync(join(folder, 'transforms.json'), 0);
    expect(await failureOf(folder)).toMatch(/cannot be read \(EACCES\)/);
  });

  it('names an image that is no image', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2);
    writeFileSync(join(folder, 'images/01.png'), 'not an image');
    expect(await failureOf(folder)).toMatch(/images\/01\.png: is not a readable image/);
  });
});

describe.skipIf(!hasDataSet('fox'))('the fox capture (NERFSTREAM_DATA_DIR/fox)', () => {
  it('has 50 photos of 67 frames, 45 to train on', async () => {
    const log = createDataLog();
    const scene = await parseScene(dataConfig({ path: join(dataDir, 'fox') }), log);
    expect(scene.train).toHaveLength(45);
    expect(scene.eval).toHaveLength(5);
    expect(log.warnings).toHaveLength(1);
    expect(log.warnings[0]).toContain('17 frames');
    expect(scene.bounded).toBe(false);
    const positions = [...scene.train, ...scene.eval].flatMap(({ camera: { cameraToWorld: m } }) => [
      m[3]!,
      m[7]!,
      m[11]!,
    ]);
    // As nerfstudio has it, the largest coordinate would be 1; by the median distance it is this.
    expect(Math.max(...positions.map(Math.abs))).toBeCloseTo(0.969, 3);
    const { camera } = scene.train[0]!;
    expect(camera).toMatchObject({ width: 270, height: 480, fx: 343.88, fy: 343.6225 });
    expect(camera.distortion).toEqual([0.0578421, -0.0805099, 0, 0, -0.000980296, 0.00015575]);
    const image = await loadFrameImage(scene.eval[0]!);
    expect(image).toMatchObject({ width: 270, height: 480, channels: 3 });
  });
});

describe.skipIf(!hasDataSet('mic-200'))('the microphone scene (NERFSTREAM_DATA_DIR/mic-200)', () => {
  it('has 100 views to train on and 25 held out, with transparency', async () => {
    const log = createDataLog();
    const scene = await parseScene(dataConfig({ path: join(dataDir, 'mic-200') }), log);
    expect(scene.train).toHaveLength(100);
    expect(scene.eval).toHaveLength(25);
    expect(log.warnings).toEqual([]);
    expect(scene).toMatchObject({ bounded: true, hasAlpha: true });
    expect(scene.train[0]!.camera.fx).toBeCloseTo(100 / Math.tan(0.6911112070083618 / 2), 9);
  });
});
