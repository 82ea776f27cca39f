/** What test/setup.ts adds to vitest. */
import { describe, expect, it } from 'vitest';

const numbers = () => Float32Array.of(1, Number.NaN, -0);

describe('equality of typed arrays', () => {
  it('holds for the same numbers, also within objects', () => {
    expect(numbers()).toEqual(numbers());
    expect({ state: [numbers()] }).toEqual({ state: [numbers()] });
    expect(numbers().subarray(1)).toEqual(numbers().slice(1));
  });

  it('does not hold for others', () => {
    expect(numbers()).not.toEqual(Float32Array.of(1, Number.NaN, 0));
    expect(numbers()).not.toEqual(Float32Array.of(1, Number.NaN));
    expect({ state: [numbers()] }).not.toEqual({ state: [Float32Array.of(2, Number.NaN, -0)] });
    // The same bytes, but other numbers.
    expect(Float32Array.of(1)).not.toEqual(new Uint32Array(Float32Array.of(1).buffer));
    expect(Float32Array.of(1)).not.toEqual([1]);
  });

  it('takes no time that grows with each element as an object would', () => {
    const many = new Float32Array(4_000_000).fill(0.5);
    const before = process.cpuUsage();
    expect(many).toEqual(many.slice());
    const { user, system } = process.cpuUsage(before);
    // Tens of seconds, one by one.
    expect((user + system) / 1e6).toBeLessThan(2);
  });
});
