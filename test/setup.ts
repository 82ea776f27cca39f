/**
 * Adds `toBeAllClose` to vitest: element-wise |a - b| <= atol + rtol |b|. Typed arrays of the same bytes are equal at once. Kernels may use all
 * vectors, as on the command line.
 */
import { expect } from 'vitest';
import { allowV8Flags } from '../src/v8Flags.ts';

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

// vitest looks at each element as at any object, which takes seconds for a million of them. What differs, or may, is still left to it.
expect.addEqualityTesters([
  function haveSameBytes(a: unknown, b: unknown): true | undefined {
    if (!isTypedArray(a) || !isTypedArray(b) || a.constructor !== b.constructor) return undefined;
    return bytesOf(a).equals(bytesOf(b)) || undefined;
  },
]);

function isTypedArray(value: unknown): value is Exclude<NodeJS.ArrayBufferView, DataView> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
