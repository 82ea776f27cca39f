import { describe, expect, it } from 'vitest';
import { splitSchema } from '../../../src/data/dataparsers/dataparser.ts';
import { splitFrames } from '../../../src/data/dataparsers/splitFrames.ts';
import { DataError } from '../../../src/errors.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `images/${index}.png`);
const split = (list: readonly string[], settings: Parameters<typeof splitSchema.parse>[0], lists?: object) =>
  splitFrames(list, splitSchema.parse(settings), lists as never, 'transforms.json');

describe('splitFrames', () => {
  it.each([
    // numpy: setdiff1d(arange(n), linspace(0, n - 1, ceil(n * fraction), dtype=int)).
    [20, 0.9, [9, 18]],
    [50, 0.9, [9, 19, 29, 39, 48]],
    [10, 0.5, [1, 3, 5, 7, 8]],
    [9, 0.9, []],
    [7, 0.75, [5]],
    [100, 0.95, [19, 39, 59, 79, 98]],
    [3, 1, []],
  ])('of %i photos holds out what nerfstudio holds out with a fraction of %f: %j', (count, share, held) => {
    const result = split(names(count), { split: 'fraction', trainFraction: share });
    expect(result.eval).toEqual(held);
    expect([...result.train, ...result.eval].sort((a, b) => a - b)).toEqual(names(count).map((_, i) => i));
  });

  it('holds out the first of every eight, or of as many as one says', () => {
    expect(split(names(18), { split: 'interval' }).eval).toEqual([0, 8, 16]);
    expect(split(names(7), { split: 'interval', evalInterval: 3 })).toEqual({
      train: [1, 2, 4, 5],
      eval: [0, 3, 6],
    });
  });

  it('goes by file names, in which train counts first; folders do not count', () => {
    const list = ['eval/train_1.png', 'train\\eval_1.png', 'a/r_eval_train.png', 'b/x.eval.jpg'];
    expect(split(list, { split: 'filename' })).toEqual({ train: [0, 2], eval: [1, 3] });
    expect(() => split([...list, 'train/7.png'], { split: 'filename' })).toThrow(DataError);
    expect(() => split([...list, 'train/7.png'], { split: 'filename' })).toThrow(
      '"train/7.png" has neither train nor eval in its file name',
    );
  });

  it('trains on all and evaluates all', () => {
    expect(split(names(3), { split: 'all' })).toEqual({ train: [0, 1, 2], eval: [0, 1, 2] });
  });

  it('takes lists of the data set by itself, and by name; another split goes before them', () => {
    const lists = { train: ['images/2.png', 'images/0.png'], eval: ['images/3.png'] };
    for (const settings of [{}, { split: 'lists' } as const])
      expect(split(names(4), settings, lists)).toEqual({ train: [0, 2], eval: [3] });
    expect(split(names(4), { split: 'all' }, lists).eval).toHaveLength(4);
    expect(() => split(names(4), { split: 'lists' })).toThrow(
      'transforms.json: lists no images to hold out. Choose another data.split.',
    );
  });
});
