/**
 * Adds `toBeAllClose` to vitest: element-wise |a - b| <= atol + rtol |b|. Kernels may use all vectors, as on the command line.
 */
import { expect } from 'vitest';
import { allowV8Flags } from '../src/v8Flags.ts';
import './support/arrayEquality.ts';

allowV8Flags();

interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Every element within atol + rtol |expected| (defaults 1e-5 and 1e-6); lengths must agree; NaN equals NaN. */
    toBeAllClose(expected: ArrayLike<number>, tolerance?: Tolerance): T;
  }
}

expect.extend({
  toBeAllClose(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance = {}) {
    const { rtol = 1e-5, atol = 1e-6 } = tolerance;
    if (received.length !== expected.length)
      return {
        pass: false,
        message: () => `expected ${expected.length} elements, received ${received.length}`,
      };
    for (let index = 0; index < expected.length; index++) {
      const a = received[index] as number;
      const b = expected[index] as number;
      const close = Object.is(a, b) || Math.abs(a - b) <= atol + rtol * Math.abs(b);
      if (!close) return { pass: false, message: () => `element ${index}: received ${a}, expected ${b}` };
    }
    return { pass: true, message: () => 'expected arrays to differ' };
  },
});
