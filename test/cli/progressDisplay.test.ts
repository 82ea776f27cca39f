/** What people see of something that takes long, on a terminal and in a file. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgressDisplay } from '../../src/cli/progressDisplay.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

function displayOn(isTTY: boolean) {
  const parts: string[] = [];
  const output = { isTTY, write: (part: string) => parts.push(part) > 0 } as unknown as NodeJS.WriteStream;
  return { display: createProgressDisplay(output), written: () => parts.join('') };
}

describe('createProgressDisplay', () => {
  it('writes a line now and then where no terminal is, with the time that is left', () => {
    const { display, written } = displayOn(false);
    const at = (seconds: number, done: number) => {
      vi.advanceTimersByTime(seconds * 1000);
      display.show({ what: 'frames', done, total: 100 });
    };
    at(0, 10);
    at(4, 20);
    expect(written()).toBe('');
    // 20 frames in 8 s: the other 70 take 28.
    at(4, 30);
    display.say('frames: done');
    expect(written()).toBe('frames: 30 of 100, 0:28 left\nframes: done\n');
  });

  it('says nothing of the time while nothing was done', () => {
    const { display, written } = displayOn(false);
    display.show({ what: 'frames', done: 0, total: 4 });
    vi.advanceTimersByTime(6000);
    display.show({ what: 'frames', done: 0, total: 4 });
    expect(written()).toBe('frames: 0 of 4\n');
  });

  it('paints one line over and over on a terminal, and takes it away for what is said', () => {
    const { display, written } = displayOn(true);
    display.show({ what: 'frames', done: 0, total: 4 });
    vi.advanceTimersByTime(1000);
    display.show({ what: 'frames', done: 2, total: 4 });
    const bar = `${'█'.repeat(12)}${'░'.repeat(12)}`;
    expect(written()).toBe(`\rframes  ${bar}  2 of 4, 0:01 left\x1b[K`);
    display.say('done');
    expect(written().endsWith('\r\x1b[Kdone\n')).toBe(true);
  });
});
