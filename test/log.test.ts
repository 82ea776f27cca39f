import { describe, expect, it } from 'vitest';
import { secondsLeft } from '../src/log.ts';

describe('secondsLeft', () => {
  it('counts only what was done since the start', () => {
    expect(secondsLeft({ done: 30, total: 50 }, 10, 40)).toBe(40);
    expect(secondsLeft({ done: 10, total: 50 }, 10, 40)).toBeUndefined();
  });
});
