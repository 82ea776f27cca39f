import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCamerasBinary } from '../../src/data/dataparsers/colmap/readColmapBinary.ts';
import { writeCamerasBinary } from '../../src/data/dataparsers/colmap/writeCamerasBinary.ts';
import { isWorthParameters, refineLenses } from '../../src/process/refineLens.ts';
import { reprojectionErrors } from '../../src/process/reprojection.ts';
import { uniformAt } from '../../src/rng.ts';
import { colmapBinary } from '../support/colmapFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const [f, c, k1, k2, p1, p2] = [500, 250, -0.2, 0.1, 0.003, -0.002];
/** A camera at (0, 0, -4), looking along +z. */
const translation = [0, 0, 4] as const;

/** OpenCV's lens, written out as its documentation has it. */
function pixelOf([x, y, z]: readonly [number, number, number], lens: readonly number[]): [number, number] {
  const [fx, fy, cx, cy, a, b, s, t] = lens as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [u, v] = [x / (z + 4), y / (z + 4)];
  const r2 = u * u + v * v;
  const radial = 1 + a * r2 + b * r2 ** 2;
  return [
    fx * (u * radial + 2 * s * u * v + t * (r2 + 2 * u * u)) + cx,
    fy * (v * radial + s * (r2 + 2 * v * v) + 2 * t * u * v) + cy,
  ];
}

/** A model whose single photo sees points through `lens`, each `noise` pixels off, while its camera file says SIMPLE_RADIAL. */
function writeModel(folder: string, lens: readonly number[], noise: number): void {
  let drawn = 0;
  const random = () => uniformAt(3, drawn++);
  const points = Array.from({ length: 400 }, (_, index) => ({
    id: 10 + index,
    position: [0, 1, 2].map(() => 3 * random() - 1.5) as [number, number, number],
    color: [0, 0, 0] as const,
  }));
  const observations = points.map(({ id, position }): [number, number, number] => {
    const [x, y] = pixelOf(position, lens);
    const angle = 2 * Math.PI * random();
    return [x + noise * Math.cos(angle), y + noise * Math.sin(angle), id];
  });
  const files = colmapBinary({
    cameras: [
      { id: 1, model: 'SIMPLE_RADIAL', number: 2, size: [500, 500], parameters: [f, c, c, lens[4]!] },
    ],
    images: [
      // A feature of no point.
      {
        id: 7,
        name: 'a.png',
        camera: 1,
        rotation: [1, 0, 0, 0],
        translation,
        observations: [[9, 9, 1e15], ...observations],
      },
    ],
    points,
  });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
}

/** Bundle adjustment as it would come out: the lens that the photo was taken through, as far as the camera model has it. */
const adjustTo = (lens: readonly number[]) => async (input: string, output: string) => {
  cpSync(input, output, { recursive: true });
  const file = path.join(output, 'cameras.bin');
  const cameras = readCamerasBinary(readFileSync(file), file);
  for (const [id, camera] of cameras)
    if (camera.model === 'OPENCV') cameras.set(id, { ...camera, parameters: lens });
  writeFileSync(file, writeCamerasBinary(cameras));
};

describe('refineLenses', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  const models = () => path.join(folder, 'models');
  const lensOf = (model: string) => {
    const file = path.join(models(), model, 'cameras.bin');
    return [...readCamerasBinary(readFileSync(file), file).values()][0]!;
  };
  const curved = [f, 1.01 * f, c, c, k1, k2, p1, p2];
  const simple = [f, f, c, c, k1, 0, 0, 0];

  it('[PR9] takes the fuller lens where the photos were taken through one, in every model', async () => {
    for (const model of ['0', '1']) writeModel(path.join(models(), model), curved, 0.4);
    expect(await refineLenses(models(), path.join(folder, 'work'), adjustTo(curved), true)).toEqual([
      'OPENCV',
      'OPENCV',
    ]);
    expect(lensOf('0')).toEqual({ model: 'OPENCV', width: 500, height: 500, parameters: curved });
    expect(lensOf('1').model).toBe('OPENCV');
  });

  it('[PR9] keeps the simple lens where a fuller one says next to nothing more, is none, or photos have one each', async () => {
    const refined = async (lens: readonly number[], tryFuller = true) => {
      writeModel(path.join(models(), '0'), lens === curved ? curved : simple, 0.4);
      const [model] = await refineLenses(models(), path.join(folder, 'work'), adjustTo(lens), tryFuller);
      expect(lensOf('0').model).toBe(model);
      return model;
    };
    expect(await refined([f, f * 1.00001, c, c, k1, 1e-5, 1e-6, 0])).toBe('SIMPLE_RADIAL');
    expect(await refined([f, f, c, c, k1, 88, 0.05, 0.4])).toBe('SIMPLE_RADIAL');
    expect(await refined([f, Number.NaN, c, c, k1, 0, 0, 0])).toBe('SIMPLE_RADIAL');
    expect(await refined(curved, false)).toBe('SIMPLE_RADIAL');
  });

  it('measures errors as OpenCV projects', async () => {
    writeModel(path.join(models(), '0'), simple, 0.4);
    const errors = await reprojectionErrors(path.join(models(), '0'));
    expect(errors).toHaveLength(400);
    for (const error of errors) expect(error).toBeCloseTo(0.4, 9);
  });
});

describe('isWorthParameters', () => {
  /** Errors of a normal distribution in the plane, and some of matches that are wrong. */
  const errors = (scale: number) => {
    let drawn = 0;
    const random = () => uniformAt(5, drawn++);
    return Float64Array.from({ length: 2000 }, (_, index) =>
      index % 20 === 0 ? 30 * random() : scale * Math.sqrt(-2 * Math.log(1 - random())),
    );
  };

  it('weighs the gain against the number of parameters, whatever wrong matches do', () => {
    expect(isWorthParameters(errors(0.5), errors(0.49), 4)).toBe(true);
    expect(isWorthParameters(errors(0.5), errors(0.49), 400)).toBe(false);
    expect(isWorthParameters(errors(0.5), errors(0.4999), 4)).toBe(false);
    const outlierLess = errors(0.5).map((error) => (error > 20 ? 0.9 * error : error));
    expect(isWorthParameters(errors(0.5), outlierLess, 4)).toBe(false);
    expect(isWorthParameters(new Float64Array(), new Float64Array(), 4)).toBe(false);
  });
});
