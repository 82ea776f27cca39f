/**
 * Files of splats, read by another program's reader (splat-transform): what comes back differs by no more than each format rounds. The
 * bounds are half a step of the format's numbers, taken from its specification and, where it fits them to the splats, from the file.
 */
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { splatFormats } from '../../../../src/models/splat/files/splatFormats.ts';
import { readSplatFile } from '../../../support/readSplatFile.ts';
import { randomSplats, type SplatNumbers } from '../../../support/splatScenes.ts';

const encode = (splats: SplatNumbers, ending: string) => splatFormats[ending]!.encode(splats, `a${ending}`);
const roundTrip = async (splats: SplatNumbers, ending: string) =>
  readSplatFile(await encode(splats, ending), `a${ending}`);

/** Of float32, and of what readers compute from it. */
const rounding = 1e-6;
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/** The greatest difference, of `of` the numbers. */
function difference(a: Float32Array, b: Float32Array, of = (value: number) => value): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, k) => Math.max(most, Math.abs(of(value) - of(b[k]!))), 0);
}

/** The greatest difference of components of rotations [splats, 4], made of length 1; q and -q are the same one. */
function rotationDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  const unit = (rotations: Float32Array, row: number) => {
    const rotation = [...rotations.subarray(row * 4, row * 4 + 4)];
    return rotation.map((value) => value / Math.hypot(...rotation));
  };
  return Array.from({ length: a.length / 4 }, (_, row) => {
    const [p, q] = [unit(a, row), unit(b, row)];
    const sign = Math.sign(p.reduce((sum, value, k) => sum + value * q[k]!, 0));
    return Math.max(...p.map((value, k) => Math.abs(value - sign * q[k]!)));
  }).reduce((most, value) => Math.max(most, value), 0);
}

/** `splats` with those rows, in that order. */
function rowsOf(splats: SplatNumbers, order: readonly number[]): SplatNumbers {
  const count = splats.opacities.length;
  const entries = Object.entries(splats).map(([name, values]) => {
    const width = values.length / count;
    return [
      name,
      Float32Array.from(order.flatMap((row) => [...values.subarray(row * width, row * width + width)])),
    ];
  });
  return Object.fromEntries(entries) as SplatNumbers;
}

/** The greatest distance of a value to the nearest one of a codebook. */
const nearest = (book: readonly number[], values: Float32Array) =>
  values.reduce(
    (most, value) => Math.max(most, Math.min(...book.map((entry) => Math.abs(entry - value)))),
    0,
  );

describe('a .ply', () => {
  it.each([0, 9, 24, 45])('with %i numbers of harmonics has every bit', async (width) => {
    const splats = randomSplats(300, width, 1);
    expect(await roundTrip(splats, '.ply')).toEqual(splats);
  });
});

describe('a .splat', () => {
  it('has positions and sizes as they are, the rest in bytes, and the largest splats first', async () => {
    const splats = randomSplats(300, 24, 2);
    splats.colors[0] = 9;
    splats.colors[1] = -9;
    const weight = (row: number) =>
      Math.exp(splats.scales.subarray(row * 3, row * 3 + 3).reduce((sum, value) => sum + value)) *
      sigmoid(splats.opacities[row]!);
    const order = Array.from({ length: 300 }, (_, row) => row).sort((a, b) => weight(b) - weight(a));
    const sorted = rowsOf(splats, order);
    const read = await roundTrip(splats, '.splat');
    expect(read.means).toEqual(sorted.means);
    expect(difference(read.scales, sorted.scales)).toBeLessThan(rounding);
    expect(difference(read.opacities, sorted.opacities, sigmoid)).toBeLessThan(0.5 / 255 + rounding);
    const color = (value: number) => Math.max(0, Math.min(1, 0.5 + value * 0.28209479177387814));
    expect(difference(read.colors, sorted.colors, color)).toBeLessThan(0.5 / 255 + rounding);
    // Half a step of 1/128; this reader takes 255 for 1, where the format's own takes 256: up to 1/255 more, and it normalizes again.
    expect(rotationDifference(read.rotations, sorted.rotations)).toBeLessThan(2 * (0.5 / 128 + 1 / 255));
    expect(read.harmonics).toHaveLength(0);
  });
});

describe('an .spz', () => {
  it.each([0, 9, 24, 45])('with %i numbers of harmonics is within what the format rounds', async (width) => {
    const splats = randomSplats(300, width, 3);
    splats.scales[0] = -20;
    splats.scales[1] = 20;
    const read = await roundTrip(splats, '.spz');
    expect(difference(read.means, splats.means)).toBeLessThanOrEqual(0.5 / 4096 + rounding);
    const clamped = splats.scales.map((value) => Math.max(-10, Math.min(-10 + 255 / 16, value)));
    expect(difference(read.scales, clamped)).toBeLessThanOrEqual(0.5 / 16 + rounding);
    expect(difference(read.opacities, splats.opacities, sigmoid)).toBeLessThan(0.5 / 255 + rounding);
    expect(difference(read.colors, splats.colors)).toBeLessThan(0.5 / 255 / 0.15 + rounding);
    // 9 bits for 0..0.7071; the largest follows from the others, by at most the sum of their slopes (each at most 1).
    expect(rotationDifference(read.rotations, splats.rotations)).toBeLessThan(
      (3 * 0.5 * Math.SQRT1_2) / 511 + rounding,
    );
    for (const [k, value] of read.harmonics.entries()) {
      const bound = (k % width < 9 ? 4 : 8) / 128;
      const wanted = Math.max(-1, Math.min(127 / 128, splats.harmonics[k]!));
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(bound + rounding);
    }
  });

  it.each([
    [1e-3, 2 ** -21],
    [0.2, 2 ** -14],
    [3000, 2 ** -12],
    [70_000, 2 ** -7],
  ])('of a scene of size %f has positions to %f', async (size, step) => {
    const splats = randomSplats(300, 0, 4);
    const greatest = splats.means.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scaled = { ...splats, means: splats.means.map((value) => (value / greatest) * size) };
    const read = await roundTrip(scaled, '.spz');
    expect(difference(read.means, scaled.means)).toBeLessThanOrEqual(step / 2 + rounding * size);
  });

  it('says which scenes are too large for it', async () => {
    const splats = randomSplats(3, 0, 4);
    splats.means[4] = 9e6;
    const encoding = encode(splats, '.spz');
    await expect(encoding).rejects.toBeInstanceOf(DataError);
    await expect(encoding).rejects.toThrow(
      /^a\.spz: SPZ holds coordinates up to 8388608, a splat is at 9000000/,
    );
  });
});

describe('a .sog', () => {
  const metaOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(unzipSync(bytes)['meta.json']));

  it.each([0, 9, 24, 45])('with %i numbers of harmonics is within what the format rounds', async (width) => {
    const splats = randomSplats(3000, width, 5);
    splats.opacities[7] = -12;
    const bytes = await encode(splats, '.sog');
    const meta = metaOf(bytes);
    const read = await readSplatFile(bytes, 'a.sog');
    const log = (value: number) => Math.sign(value) * Math.log1p(Math.abs(value));
    for (const [k, value] of read.means.entries()) {
      const step = (meta.means.maxs[k % 3] - meta.means.mins[k % 3]) / 65_535;
      expect(Math.abs(log(value) - log(splats.means[k]!))).toBeLessThan(step / 2 + rounding);
    }
    for (const [name, book] of [
      ['scales', meta.scales.codebook],
      ['colors', meta.sh0.codebook],
      ...(width > 0 ? ([['harmonics', meta.shN.codebook]] as const) : []),
    ] as const) {
      expect(book).toHaveLength(256);
      expect(difference(read[name], splats[name])).toBeLessThanOrEqual(
        nearest(book, splats[name]) + rounding,
      );
      // The book fits: on the mean it is nearer than even steps would be (their error has the variance step² / 12).
      const [least, greatest] = [
        splats[name].reduce((a, b) => Math.min(a, b)),
        splats[name].reduce((a, b) => Math.max(a, b)),
      ];
      const squares = splats[name].map((value) => nearest(book, Float32Array.of(value)) ** 2);
      const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
      expect(mean).toBeLessThan(((greatest - least) / 255) ** 2 / 12);
    }
    expect(difference(read.opacities, splats.opacities, sigmoid)).toBeLessThan(0.5 / 255 + 2 * rounding);
    expect(rotationDifference(read.rotations, splats.rotations)).toBeLessThan(
      (3 * 0.5 * Math.SQRT2) / 255 + rounding,
    );
  });

  it('of equal splats is the same file', async () => {
    const [first, second] = await Promise.all(
      [5, 5].map((seed) => encode(randomSplats(50, 9, seed), '.sog')),
    );
    expect(first).toEqual(second);
  });

  it('of a single splat can be read', async () => {
    const splats = randomSplats(1, 9, 6);
    const read = await roundTrip(splats, '.sog');
    expect(difference(read.means, splats.means)).toBeLessThan(rounding);
    expect(read.scales).toEqual(splats.scales);
    expect(read.harmonics).toEqual(splats.harmonics);
  });
});
