import { describe, expect, it } from 'vitest';
import { createHorizon } from '../../src/schedulers/horizon.ts';

/** Makes steps that take what `millisecondsAt` says of the share that lies behind, until the time is over. @returns the positions */
function run(
  settings: { readonly maxSteps: number; readonly maxSeconds: number },
  millisecondsAt: (share: number) => number,
): { readonly positions: readonly number[]; readonly advanced: number } {
  const horizon = createHorizon({ ...settings, fitToTime: true }, 1, 0);
  const positions: number[] = [];
  let seconds = 0;
  let advanced = 0;
  while (seconds < settings.maxSeconds && horizon.position <= settings.maxSteps) {
    positions.push(horizon.position);
    seconds += millisecondsAt(horizon.position / settings.maxSteps) / 1000;
    advanced += horizon.advance(seconds);
  }
  return { positions, advanced };
}

describe('[TR34] a horizon', () => {
  it('is the step where nothing is fitted, and goes on from where a run goes on', () => {
    for (const settings of [
      { maxSteps: 100, maxSeconds: 1, fitToTime: false },
      { maxSteps: 100, fitToTime: true },
    ]) {
      const horizon = createHorizon(settings, 41, 0.9);
      expect(horizon.position).toBe(41);
      expect([horizon.advance(5), horizon.advance(50)]).toEqual([1, 1]);
      expect(horizon.position).toBe(43);
    }
  });

  it('is the step on a machine that makes all steps in the time', () => {
    // 100 steps of 1 to 9 ms: half a second of the two.
    const { positions } = run({ maxSteps: 100, maxSeconds: 2 }, (share) => 1 + 8 * share);
    expect(positions).toEqual(Array.from({ length: 100 }, (_, k) => k + 1));
  });

  it.each([
    ['steps that take longer and longer', (share: number) => 4 + 12 * share],
    ['steps that all take as long', () => 8],
  ])('is at its end when the time is, with %s', (_, millisecondsAt) => {
    const maxSteps = 10_000;
    const { positions, advanced } = run({ maxSteps, maxSeconds: 10 }, millisecondsAt);
    expect(positions.length).toBeLessThan(2_000);
    expect(positions.at(-1)! / maxSteps).toBeGreaterThan(0.995);
    // Schedules have counted all steps, the last of them when the time was over.
    expect(advanced).toBeGreaterThan(maxSteps - 1 - 1e-6);
    expect(advanced).toBeLessThan(maxSteps + 1e-6);
    // Forward in every step, and past the first moments never by more than half a percent.
    const paces = positions.slice(1).map((position, k) => position - positions[k]!);
    expect(Math.min(...paces)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...paces.slice(100))).toBeLessThan(0.005 * maxSteps);
  });

  it('[TR34] goes on where it was when a run that was fitted is resumed', () => {
    const settings = { maxSteps: 1000, maxSeconds: 16, fitToTime: true };
    // A sixteenth of the time: a sixteenth of the steps.
    expect(createHorizon(settings, 50, 1).position).toBeCloseTo(62.5, 9);
    // More time than before: no step is made twice.
    expect(createHorizon({ ...settings, maxSeconds: 1e6 }, 50, 1).position).toBe(50);
  });

  it('stays at its end', () => {
    const horizon = createHorizon({ maxSteps: 100, maxSeconds: 1, fitToTime: true }, 10, 1);
    expect(horizon.position).toBe(100);
    expect(horizon.advance(2)).toBe(1);
  });
});
