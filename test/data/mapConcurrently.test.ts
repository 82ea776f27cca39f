import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../../src/data/mapConcurrently.ts';

const numbers = Array.from({ length: 20 }, (_, k) => k);

describe('mapConcurrently', () => {
  it('keeps the order of the items, whichever ends first', async () => {
    const squares = await mapConcurrently(numbers, 4, async (n) => {
      await setTimeout((7 * n) % 5);
      return n * n;
    });
    expect(squares).toEqual(numbers.map((n) => n * n));
  });

  it('runs at most as many at a time as it was told', async () => {
    let running = 0;
    let most = 0;
    await mapConcurrently(numbers, 3, async () => {
      most = Math.max(most, ++running);
      await setTimeout(1);
      running--;
    });
    expect(most).toBe(3);
  });

  it('fails with the error of the first failing item, also where a later one fails sooner', async () => {
    const failing = mapConcurrently(numbers, 8, async (n) => {
      await setTimeout(40 - 5 * n);
      if (n >= 2) throw new Error(`item ${n}`);
    });
    await expect(failing).rejects.toThrow('item 2');
  });

  it('starts nothing after a failure, and rejects when all that had started has ended', async () => {
    const started: number[] = [];
    let running = 0;
    await expect(
      mapConcurrently(numbers, 4, async (n) => {
        started.push(n);
        running++;
        await setTimeout(n === 1 ? 1 : 20);
        running--;
        if (n === 1) throw new Error('broken');
      }),
    ).rejects.toThrow('broken');
    expect(started).toEqual([0, 1, 2, 3]);
    expect(running).toBe(0);
  });
});
