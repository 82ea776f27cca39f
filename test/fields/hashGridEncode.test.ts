import { beforeAll, describe, expect, it } from 'vitest';
import { hashGridEncode } from '../../src/fields/hashGridEncode.ts';
import { allocateHashGridLevels, hashGridEntries, hashGridLevels } from '../../src/fields/hashGridLevels.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { withKernels } from '../support/kernelPools.ts';

const key = randomKey(3, RandomStream.noise, 0);
const random = (length: number, offset: number) =>
  Float32Array.from({ length }, (_, k) => uniformAt(key, offset + k));

describe('hashGridLevels', () => {
  it('grows geometrically and is dense while all points fit', () => {
    const levels = hashGridLevels({
      levels: 3,
      featuresPerLevel: 2,
      log2TableSize: 12,
      baseResolution: 8,
      maxResolution: 128,
    });
    expect(
      levels.map(({ scale, resolution, hashed, firstEntry, entries }) => [
        scale,
        resolution,
        hashed,
        firstEntry,
        entries,
      ]),
    ).toEqual([
      [7, 9, false, 0, 736],
      [31, 33, true, 736, 4096],
      [127, 129, true, 4832, 4096],
    ]);
    expect(hashGridEntries(levels)).toBe(8928);
  });
});

describe('hashGridEncode', () => {
  beforeAll(selectCpuBackend);

  it('interpolates a dense level trilinearly: a linear function of the grid point is reproduced', () => {
    const levels = hashGridLevels({
      levels: 1,
      featuresPerLevel: 1,
      log2TableSize: 14,
      baseResolution: 8,
      maxResolution: 8,
    });
    const { resolution, entries, scale } = levels[0]!;
    const table = new Float32Array(entries);
    for (let z = 0; z < resolution; z++)
      for (let y = 0; y < resolution; y++)
        for (let x = 0; x < resolution; x++) table[x + resolution * (y + resolution * z)] = x + 2 * y - 3 * z;
    const positions = random(60, 0);
    const encoded = hashGridEncode(tf.tensor2d(table, [entries, 1]), positions, levels).dataSync();
    const point = (sample: number, axis: number) => positions[sample * 3 + axis]! * scale + 0.5;
    expect(encoded).toBeAllClose(
      Array.from({ length: 20 }, (_, s) => point(s, 0) + 2 * point(s, 1) - 3 * point(s, 2)),
      { rtol: 0, atol: 2e-5 },
    );
  });

  it.each([1, 2, 4] as const)('%i features: the kernels agree, forward and backward', async (features) => {
    const levels = hashGridLevels({
      levels: 5,
      featuresPerLevel: features,
      log2TableSize: 10,
      baseResolution: 4,
      maxResolution: 200,
    });
    const entries = hashGridEntries(levels);
    const count = 130;
    const rows = levels.length * features;
    const tableData = random(entries * features, 10_000);
    const positions = random(count * 3, 0);
    const dy = random(count * rows, 500_000);
    const table = tf.tensor2d(tableData, [entries, features]);
    const expected = hashGridEncode(table, positions, levels).dataSync();
    const weighted = tf.grad((t: tf.Tensor) =>
      tf.sum(tf.mul(hashGridEncode(t as tf.Tensor2D, positions, levels), tf.tensor2d(dy, [count, rows]))),
    );
    const expectedGradient = weighted(table).dataSync();

    await withKernels({}, (kernels) => {
      const at = (data: Float32Array) => {
        const address = kernels.allocate(data.byteLength);
        kernels.float32(address, data.length).set(data);
        return address;
      };
      const levelTable = allocateHashGridLevels(kernels, levels);
      const points = at(
        Float32Array.from({ length: count * 4 }, (_, k) =>
          k % 4 < 3 ? positions[(k >> 2) * 3 + (k % 4)]! : 0,
        ),
      );
      const tileBytes = rows * 256;
      const tiles = kernels.allocate(Math.ceil(count / 64) * tileBytes);
      const inTile = (sample: number, row: number) => ((sample >> 6) * rows + row) * 64 + (sample & 63);
      kernels.run(
        'hashGridForward',
        1,
        levelTable,
        levels.length,
        features,
        at(tableData),
        points,
        tiles,
        tileBytes,
        count,
      );
      const view = kernels.float32(tiles, Math.ceil(count / 64) * rows * 64);
      const encoded = Array.from(
        { length: count * rows },
        (_, k) => view[inTile(Math.floor(k / rows), k % rows)]!,
      );
      expect(encoded).toBeAllClose(expected, { rtol: 1e-5, atol: 2e-5 });

      dy.forEach((value, k) => {
        view[inTile(Math.floor(k / rows), k % rows)] = value;
      });
      const gradient = kernels.allocate(entries * features * 4);
      kernels.float32(gradient, entries * features).fill(7);
      kernels.run(
        'hashGridBackward',
        levels.length,
        levelTable,
        levels.length,
        features,
        gradient,
        points,
        tiles,
        tileBytes,
        count,
      );
      expect(kernels.float32(gradient, entries * features)).toBeAllClose(expectedGradient, {
        rtol: 1e-4,
        atol: 1e-4,
      });
    });
  });

  it('has the gradient that finite differences give', () => {
    const levels = hashGridLevels({
      levels: 2,
      featuresPerLevel: 2,
      log2TableSize: 10,
      baseResolution: 4,
      maxResolution: 40,
    });
    const entries = hashGridEntries(levels);
    const positions = random(9, 0);
    const start = random(entries * 2, 2_000);
    const loss = (data: Float32Array) =>
      tf.tidy(
        () =>
          tf
            .sum(tf.square(hashGridEncode(tf.tensor2d(data, [entries, 2]), positions, levels)))
            .dataSync()[0]!,
      );
    const gradient = tf
      .grad((t: tf.Tensor) => tf.sum(tf.square(hashGridEncode(t as tf.Tensor2D, positions, levels))))(
        tf.tensor2d(start, [entries, 2]),
      )
      .dataSync();
    const touched = gradient.map((value, k) => (value !== 0 ? k : -1)).filter((k) => k >= 0);
    expect(touched.length).toBeGreaterThan(20);
    for (const k of touched.slice(0, 40)) {
      const [up, down] = [start.slice(), start.slice()];
      up[k]! += 1e-2;
      down[k]! -= 1e-2;
      expect((loss(up) - loss(down)) / 2e-2).toBeCloseTo(gradient[k]!, 2);
    }
  });
});
