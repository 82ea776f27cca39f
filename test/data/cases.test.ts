/** Each case of ../shared/cases/README.txt: inputs in the manner of what people reported about trainers of radiance fields. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { parseScene } from '../../src/data/dataparsers/parseScene.ts';
import { loadFrameImage } from '../../src/data/images.ts';
import { pixelPool, samplePixels } from '../../src/data/pixelSampler.ts';
import { DataError } from '../../src/errors.ts';
import { dataDir } from '../support/dataDir.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { createDataLog, dataConfig } from './dataSet.ts';

const cases = join(dirname(dataDir), 'cases');

async function parse(name: string) {
  const log = createDataLog();
  const scene = await parseScene(dataConfig({ path: join(cases, name) }), log);
  return { ...scene, warnings: log.warnings };
}

async function failure(name: string): Promise<string> {
  const error = await parse(name).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message).not.toContain('\n');
  return (error as DataError).message;
}

describe.skipIf(!existsSync(cases))('../shared/cases (beside NERFSTREAM_DATA_DIR)', () => {
  it('blender-test-images-missing: trains, and says that nothing is held out', async () => {
    const { train, eval: held, warnings } = await parse('blender-test-images-missing');
    expect(train.length).toBeGreaterThan(0);
    expect(held).toEqual([]);
    expect(warnings.at(-1)).toContain('no image is held out for evaluation');
  });

  it('masks: masked pixels are never sampled', async () => {
    const { train, eval: held } = await parse('masks');
    expect([...train, ...held].every(({ mask }) => mask !== undefined)).toBe(true);
    const images = await Promise.all(train.map(loadFrameImage));
    const { imageIndex, pixelIndex } = samplePixels(1, 1, 50_000, pixelPool(images));
    expect(images.some(({ mask }) => mask?.includes(0))).toBe(true);
    expect(imageIndex.every((image, index) => images[image]!.mask![pixelIndex[index]!] === 1)).toBe(true);
  });

  it('absolute-paths: found below the folder', async () => {
    const { train, warnings } = await parse('absolute-paths');
    expect(train.length).toBeGreaterThan(0);
    expect(warnings[0]).toContain('file_path is of another computer');
  });

  it('other-aspect: an error, no silent stretch', async () => {
    expect(await failure('other-aspect')).toContain('another aspect: it was cropped or stretched');
  });

  it('radial-fisheye: is read', async () => {
    expect((await parse('radial-fisheye')).train[0]!.camera.model).toBe('OPENCV_FISHEYE');
  });

  it('radial-fisheye: trains', { timeout: 120_000 }, async () => {
    const config = await loadConfig('instant-ngp', {
      data: { path: join(cases, 'radial-fisheye'), downscale: 4 },
      ...{ engine: 'simd', threads: 1, sinks: [] },
      trainer: { maxSteps: 2 },
    } as never);
    const { status } = await createTrainer(config, { runDir: join(temporaryFolder(), 'run') }).done;
    expect(status).toBe('completed');
  });

  it('odd-file-name: the error names the file that is there', async () => {
    expect(await failure('odd-file-name')).toContain(
      'transform_train.json is there: if that is it, name the file',
    );
  });

  it('empty-test-list: the views for validation are held out', async () => {
    const { eval: held, warnings } = await parse('empty-test-list');
    expect(held.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  it('utf16: is read', async () => {
    expect((await parse('utf16')).train.length).toBeGreaterThan(0);
  });
});
