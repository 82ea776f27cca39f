import { describe, expect, it } from 'vitest';
import { backgroundsOf } from '../../../src/models/instantNgp/backgrounds.ts';

const aabb = [-1, -1, -1, 1, 1, 1];
const cutOut = { bounded: true, aabb, hasAlpha: true };
const opaque = { bounded: false, aabb, hasAlpha: false };

describe('backgroundsOf', () => {
  it.each([
    ['photos with transparency', 'auto', cutOut, { train: 'random', render: 'white' }],
    ['opaque photos of surroundings', 'auto', opaque, { train: 'random', render: 'black' }],
    [
      'opaque photos over white',
      'auto',
      { ...opaque, background: 'white' },
      { train: 'white', render: 'white' },
    ],
    [
      'the same, saved with an alpha channel',
      'auto',
      { ...cutOut, background: 'black' },
      { train: 'black', render: 'black' },
    ],
    [
      'random, though the photos are over white',
      'random',
      { ...opaque, background: 'white' },
      { train: 'random', render: 'black' },
    ],
    ['white, opaque photos', 'white', opaque, { train: 'white', render: 'white' }],
    ['black, photos with transparency', 'black', cutOut, { train: 'black', render: 'white' }],
  ] as const)('[MO5] %s', (_, background, bounds, expected) => {
    expect(backgroundsOf({ background }, { bounds, evalBackground: 'white' })).toEqual(expected);
  });
});
