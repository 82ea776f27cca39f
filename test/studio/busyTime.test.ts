/** Two pieces of work at the same time take the time of one. */
import { expect, it } from 'vitest';
import { busyTime } from '../../src/studio/busyTime.ts';

it('counts time in which anything goes on once, failures too, and no time between', async () => {
  const told: number[] = [];
  const clock = { now: 0 };
  const during = busyTime(
    (milliseconds) => told.push(milliseconds),
    () => clock.now,
  );
  const begin = () => {
    let resolve!: (value: string) => void;
    let reject!: (error: Error) => void;
    const work = new Promise<string>((...settle) => {
      [resolve, reject] = settle;
    });
    return { done: during(() => work), resolve, reject };
  };
  clock.now = 10;
  const first = begin();
  clock.now = 13;
  const second = begin();
  clock.now = 20;
  first.resolve('drawn');
  expect(await first.done).toBe('drawn');
  clock.now = 25;
  second.reject(new Error('none'));
  await expect(second.done).rejects.toThrow('none');
  clock.now = 100;
  const third = begin();
  clock.now = 103;
  third.resolve('drawn');
  await third.done;
  expect(told).toEqual([10, 5, 3]);
});
