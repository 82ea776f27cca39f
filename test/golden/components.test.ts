/** Every entry of components.json, gradients included: |a - b| <= 1e-5 + 1e-5 |b|. */
import { beforeAll, describe, expect, it } from 'vitest';
import { frequencyEncoding } from '../../src/fields/frequencyEncoding.ts';
import { sceneContraction } from '../../src/fields/sceneContraction.ts';
import { sphericalHarmonics } from '../../src/fields/sphericalHarmonics.ts';
import { truncExp } from '../../src/fields/truncExp.ts';
import { distortionLoss } from '../../src/losses/distortionLoss.ts';
import { interlevelLoss } from '../../src/losses/interlevelLoss.ts';
import { meanSquaredError } from '../../src/losses/meanSquaredError.ts';
import { renderExpectedDepth, renderMedianDepth } from '../../src/renderers/renderDepth.ts';
import { type RenderBackground, renderRgb } from '../../src/renderers/renderRgb.ts';
import { renderAccumulation, renderWeights } from '../../src/renderers/renderWeights.ts';
import { pdfSampler } from '../../src/samplers/pdfSampler.ts';
import {
  evenBins,
  linDispPiecewiseSpacing,
  spacingToDistance,
  uniformSpacing,
} from '../../src/samplers/spacing.ts';
import { hashGridEncode } from '../../src/tensors/ops/hashGridEncode.ts';
import { selectCpuBackend } from '../../src/tensors/selectCpuBackend.ts';
import * as tf from '../../src/tensors/tf.ts';
import { onSimd } from '../support/evaluateOp.ts';
import { type ReferenceTensor, readReference } from '../support/referenceDir.ts';

beforeAll(selectCpuBackend);

/** An entry: tensors and settings by name. `take` counts what was looked at, so that nothing in the file goes unchecked. */
class Entry {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #unseen: Set<string>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
    this.#unseen = new Set(Object.keys(fields).filter((name) => name !== 'about' && name !== 'note'));
  }

  take<T>(name: string): T {
    if (!(name in this.#fields)) throw new Error(`components.json lacks ${name}`);
    this.#unseen.delete(name);
    return this.#fields[name] as T;
  }

  number = (name: string) => this.take<number>(name);
  data = (name: string) => this.take<ReferenceTensor>(name).data;
  tensor<T extends tf.Tensor>(name: string): T {
    return tensorOf<T>(this.take<ReferenceTensor>(name));
  }

  expectAllSeen(): void {
    expect([...this.#unseen]).toEqual([]);
  }
}

function tensorOf<T extends tf.Tensor>({ shape, data }: ReferenceTensor): T {
  return tf.tensor(Float32Array.from(data), [...shape]) as T;
}

function expectClose(actual: tf.Tensor | ArrayLike<number>, expected: readonly number[]): void {
  const values = actual instanceof tf.Tensor ? actual.dataSync() : actual;
  expect(values).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
}

/** How each entry of the file is checked. */
const checks: Readonly<
  Record<string, (entry: Entry, all: Readonly<Record<string, Entry>>) => void | Promise<void>>
> = {
  sphericalHarmonics(entry) {
    const directions = entry.tensor<tf.Tensor2D>('directions');
    const levels = Object.entries(entry.take<Record<string, ReferenceTensor>>('levels'));
    expect(levels.length).toBeGreaterThan(0);
    for (const [level, { data }] of levels) expectClose(sphericalHarmonics(directions, Number(level)), data);
  },

  frequencyEncoding(entry) {
    const settings = {
      numFrequencies: entry.number('numFrequencies'),
      minExponent: entry.number('minFreqExp'),
      maxExponent: entry.number('maxFreqExp'),
      includeInput: entry.take<boolean>('includeInput'),
    };
    expectClose(frequencyEncoding(entry.tensor('x'), settings), entry.data('out'));
  },

  contraction(entry) {
    for (const norm of ['Linf', 'L2'] as const)
      expectClose(sceneContraction(entry.tensor('x'), norm), entry.data(norm));
  },

  truncExp(entry) {
    const x = entry.tensor('x');
    expectClose(truncExp(x), entry.data('out'));
    expectClose(tf.grad((input) => tf.sum(truncExp(input)))(x), entry.data('grad'));
  },

  /** Its levels are all hashed and begin at a corner; ours begin half a cell before one: positions move by that, level by level. */
  async hashEncodingNerfstudio(entry) {
    const scalings = entry.data('scalings');
    expect(scalings).toHaveLength(entry.number('numLevels'));
    expect(scalings[0]).toBe(entry.number('minRes'));
    expect(Math.max(...scalings)).toBeLessThanOrEqual(entry.number('maxRes'));
    const [entries, features] = [2 ** entry.number('log2HashmapSize'), entry.number('featuresPerLevel')];
    const x = entry.take<ReferenceTensor>('x');
    const upstream = entry.tensor('gradOut');
    const encode = (table: tf.Tensor) => {
      const levels = scalings.map((scale, level) => {
        const positions = tf.tensor2d(
          x.data.map((value) => value - 0.5 / scale),
          x.shape as [number, number],
        );
        const rows = tf.slice(table, [level * entries, 0], [entries, features]) as tf.Tensor2D;
        return hashGridEncode(positions, rows, [
          { scale, resolution: 0, hashed: true, firstEntry: 0, entries },
        ]);
      });
      return tf.concat(levels, 1);
    };
    const { shape, data } = entry.take<ReferenceTensor>('table');
    const evaluate = () =>
      tf.tidy(() => {
        const table = tf.tensor(data, [...shape]);
        const gradOut = tf.tensor(upstream.dataSync(), upstream.shape);
        return [encode(table).dataSync(), tf.grad(encode)(table, gradOut).dataSync()] as const;
      });
    // The reference in plain numbers, and the kernels that train.
    const [out, gradTable] = [entry.data('out'), entry.data('gradTable')];
    for (const [values, gradient] of [evaluate(), await onSimd({}, evaluate)]) {
      expectClose(values, out);
      expectClose(gradient, gradTable);
    }
  },

  volumeRendering(entry) {
    const [starts, ends] = edgesOf(entry);
    const density = entry.tensor<tf.Tensor3D>('density');
    const rgb = entry.tensor<tf.Tensor3D>('rgb');
    const weights = renderWeights(density, starts, ends);
    expectClose(weights, entry.data('weights'));
    const spellings: Readonly<Record<string, RenderBackground>> = { last_sample: 'lastSample' };
    for (const [name, { data }] of Object.entries(entry.take<Record<string, ReferenceTensor>>('rgbOut')))
      expectClose(renderRgb(weights, rgb, spellings[name] ?? (name as RenderBackground)), data);
    expectClose(renderAccumulation(weights), entry.data('accumulation'));
    expectClose(renderExpectedDepth(weights, starts, ends), entry.data('depthExpected'));
    expectClose(renderMedianDepth(weights, starts, ends), entry.data('depthMedian'));

    const target = entry.tensor('target');
    const loss = (d: tf.Tensor, c: tf.Tensor) =>
      meanSquaredError(
        renderRgb(renderWeights(d as tf.Tensor3D, starts, ends), c as tf.Tensor3D, 'white'),
        target,
      );
    const { value, grads } = tf.valueAndGrads(loss)([density, rgb]);
    expectClose(value, [entry.number('mse')]);
    expectClose(grads[0] as tf.Tensor, entry.data('gradDensity'));
    expectClose(grads[1] as tf.Tensor, entry.data('gradRgb'));
  },

  uniformLinDispPiecewise(entry) {
    const edges = distances(
      linDispPiecewiseSpacing,
      entry.number('near'),
      entry.number('far'),
      entry.number('numSamples'),
    );
    expectClose(edges.slice(0, -1), entry.data('starts'));
    expectClose(edges.slice(1), entry.data('ends'));
  },

  pdfSampler(entry, { volumeRendering }) {
    const numSamples = entry.number('numSamples');
    const weights = entry.tensor<tf.Tensor3D>('weights');
    const [rays, samples] = weights.shape;
    // The input bins are volumeRendering's; the samplers see them in the spacing coordinate, 0..1 between near and far.
    const [starts, ends] = edgesOf(volumeRendering as Entry);
    const near = starts.dataSync()[0] as number;
    const far = ends.dataSync()[samples - 1] as number;
    const bins = tf.tile(tf.tensor2d([evenBins(samples)]), [rays, 1]) as tf.Tensor2D;
    expectClose(
      distances(uniformSpacing, near, far, samples).slice(0, -1),
      Array.from(starts.dataSync().subarray(0, samples)),
    );
    const result = pdfSampler(tf.reshape(weights, [rays, samples]), bins, {
      numSamples,
      histogramPadding: 0.01,
    });
    const lower = tf.slice(result, [0, 0], [rays, numSamples]).dataSync();
    const upper = tf.slice(result, [0, 1], [rays, numSamples]).dataSync();
    expectClose(lower, entry.data('spacingStarts'));
    expectClose(upper, entry.data('spacingEnds'));
    const toDistance = (s: number) => spacingToDistance(uniformSpacing, near, far, s);
    expectClose(lower.map(toDistance), entry.data('starts'));
    expectClose(upper.map(toDistance), entry.data('ends'));
  },

  proposalLosses(entry) {
    const coarse = { weights: entry.tensor<tf.Tensor3D>('w1'), bins: entry.tensor<tf.Tensor2D>('sdist1') };
    const fine = { weights: entry.tensor<tf.Tensor3D>('w2'), bins: entry.tensor<tf.Tensor2D>('sdist2') };
    const interlevel = tf.valueAndGrad((weights) =>
      interlevelLoss([{ ...coarse, weights: weights as tf.Tensor3D }], fine),
    )(coarse.weights);
    expectClose(interlevel.value, [entry.number('interlevel')]);
    expectClose(interlevel.grad, entry.data('gradW1'));
    const distortion = tf.valueAndGrad((weights) =>
      distortionLoss({ ...fine, weights: weights as tf.Tensor3D }),
    )(fine.weights);
    expectClose(distortion.value, [entry.number('distortion')]);
    expectClose(distortion.grad, entry.data('gradW2Distortion'));
  },
};

/** `starts` and `ends` of [rays, samples] as [rays, samples, 1]. */
function edgesOf(entry: Entry): [tf.Tensor3D, tf.Tensor3D] {
  return [tf.expandDims(entry.tensor('starts'), -1), tf.expandDims(entry.tensor('ends'), -1)];
}

function distances(spacing: typeof uniformSpacing, near: number, far: number, samples: number): number[] {
  return evenBins(samples).map((s) => spacingToDistance(spacing, near, far, s));
}

const { source: _, ...file } = readReference<Record<string, Record<string, unknown>>>('components.json');
const entries = Object.fromEntries(Object.entries(file).map(([name, fields]) => [name, new Entry(fields)]));

describe('components.json', () => {
  it.each(Object.keys(entries))('%s', async (name) => {
    const check = checks[name];
    if (!check) throw new Error(`unknown component ${name}`);
    await check(entries[name] as Entry, entries);
    (entries[name] as Entry).expectAllSeen();
  });

  it('was checked whole', () => {
    console.log(`components.json: ${Object.keys(entries).length} cases checked`);
    expect(Object.keys(entries).length).toBeGreaterThan(0);
  });
});
