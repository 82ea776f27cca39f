/** Typed arrays of the same bytes are equal at once. A module of its own: files that share a process want it once. */
import { expect } from 'vitest';

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
