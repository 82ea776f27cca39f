/** Two implementations held together: kernels (of several modules) and plain numbers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { hashGridEncode as plainHashGridEncode } from '../../../src/fields/hashGridEncode.ts';
import { hashGridEntries, hashGridLevels } from '../../../src/fields/hashGridLevels.ts';
import { hashGridEncode } from '../../../src/tensors/ops/hashGridEncode.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { differencesOf, evaluateOp, noise, type Op, type OpInput, onSimd } from '../../support/evaluateOp.ts';

beforeAll(selectCpuBackend);

type Features = 1 | 2 | 4;
const levelsOf = (featuresPerLevel: Features, log2TableSize = 10) =>
  hashGridLevels({ levels: 5, featuresPerLevel, log2TableSize, baseResolution: 4, maxResolution: 90 });

function inputsOf(samples: number, features: Features, log2TableSize?: number): OpInput[] {
  const entries = hashGridEntries(levelsOf(features, log2TableSize));
  return [
    { data: noise(samples * 3, 0, 1), shape: [samples, 3] },
    { data: noise(entries * features, -1, 1, 2), shape: [entries, features] },
  ];
}
const encode =
  (features: Features, log2TableSize?: number): Op =>
  (positions, table) => [
    hashGridEncode(positions as tf.Tensor2D, table as tf.Tensor2D, levelsOf(features, log2TableSize)),
  ];

describe('hashGridEncode', () => {
  it.each([
    [1, 130, 'relaxed'],
    [2, 1, 'relaxed'],
    [2, 1500, 'relaxed'],
    [4, 77, 'relaxed'],
    [1, 130, 'base'],
    [2, 77, 'base'],
    [4, 1500, 'base'],
  ] as const)(
    '%i features, %i samples, %s module: as in plain numbers',
    async (features, samples, variant) => {
      const inputs = inputsOf(samples, features);
      const expected = evaluateOp(encode(features), inputs);
      const { values, gradients } = await onSimd({ variant }, () => evaluateOp(encode(features), inputs));
      expect(values[0]).toBeAllClose(expected.values[0]!, { rtol: 1e-5, atol: 2e-5 });
      // A position's gradient is a slope per cell times up to 90 cells.
      expect(gradients[0]).toBeAllClose(expected.gradients[0]!, { rtol: 1e-4, atol: 3e-3 });
      expect(gradients[1]).toBeAllClose(expected.gradients[1]!, { rtol: 1e-4, atol: 2e-4 });
    },
  );

  it.each([14, 19])(
    'reads and writes the right entries of a table of 2^%i, dense and hashed levels',
    async (size) => {
      const inputs = inputsOf(40, 2, size);
      const expected = evaluateOp(encode(2, size), inputs);
      const { values, gradients } = await onSimd({}, () => evaluateOp(encode(2, size), inputs));
      expect(values[0]).toBeAllClose(expected.values[0]!, { rtol: 1e-5, atol: 2e-5 });
      expect(gradients[1]).toBeAllClose(expected.gradients[1]!, { rtol: 1e-4, atol: 1e-4 });
    },
  );

  it('has the gradients of finite differences, in the table and within a cell', async () => {
    // Cells are at least 1/90 wide; of positions near a border, differences would see both sides.
    const levels = levelsOf(2);
    const inputs = inputsOf(60, 2);
    const [positions] = inputs as [OpInput, OpInput];
    const inside = (k: number) =>
      levels.every(({ scale }) => {
        const share = (positions.data[k]! * scale + 0.5) % 1;
        return share > 0.02 && share < 0.98;
      });
    await onSimd({}, () => {
      const { gradients } = evaluateOp(encode(2), inputs);
      const ofPositions = differencesOf(encode(2), inputs, 0, 1e-4, 180).filter(({ element }) =>
        inside(element),
      );
      expect(ofPositions.length).toBeGreaterThan(60);
      for (const { element, slope } of ofPositions)
        expect(Math.abs(slope - gradients[0]![element]!)).toBeLessThan(0.02 * Math.abs(slope) + 0.15);
      for (const { element, slope } of differencesOf(encode(2), inputs, 1, 1e-2, 60))
        expect(Math.abs(slope - gradients[1]![element]!)).toBeLessThan(1e-2 * Math.abs(slope) + 1e-3);
    });
  });

  it('takes no samples, and says what does not fit', async () => {
    await onSimd({}, () => {
      const { values, gradients } = evaluateOp(encode(2), inputsOf(0, 2));
      expect([values[0]!.length, gradients[0]!.length]).toEqual([0, 0]);
      expect(gradients[1]!.every((value) => value === 0)).toBe(true);
      const levels = levelsOf(2);
      expect(() => hashGridEncode(tf.zeros([1, 2]), tf.zeros([8, 2]), levels)).toThrow(/\[samples, 3\]/);
      expect(() => hashGridEncode(tf.zeros([1, 3]), tf.zeros([8, 2]), levels)).toThrow(/table must be \[/);
    });
  });

  it('leaves no tensors and no memory behind', async () => {
    const inputs = inputsOf(100, 2);
    await onSimd({}, () => {
      const memory = () => tf.memory() as tf.MemoryInfo & { numBytesInKernels: number };
      evaluateOp(encode(2), inputs);
      const { numTensors, numBytesInKernels } = memory();
      for (let k = 0; k < 3; k++) evaluateOp(encode(2), inputs);
      expect([memory().numTensors, memory().numBytesInKernels]).toEqual([numTensors, numBytesInKernels]);
    });
  });

  it('interpolates the plain form from an array of positions, too', () => {
    const [positions, table] = inputsOf(12, 2) as [OpInput, OpInput];
    const entries = tf.tensor2d(Float32Array.from(table.data), table.shape as [number, number]);
    const points = Float32Array.from(positions.data);
    const fromArray = plainHashGridEncode(entries, points, levelsOf(2)).dataSync();
    expect(fromArray).toEqual(
      plainHashGridEncode(entries, tf.tensor2d(points, [12, 3]), levelsOf(2)).dataSync(),
    );
  });
});
