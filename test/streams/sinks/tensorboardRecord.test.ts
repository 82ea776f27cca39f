import { crc32c as reference } from '@aws-crypto/crc32c';
import { describe, expect, it } from 'vitest';
import { randomAt, randomKey } from '../../../src/rng.ts';
import { createCrc32c } from '../../../streams/sinks/tensorboardRecord.ts';

describe('createCrc32c', () => {
  const crc32c = createCrc32c();

  it('gives the check value of the standard', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('agrees with another implementation at every length', () => {
    const key = randomKey(1, 2, 3);
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => randomAt(key, index * 300 + length));
      expect(crc32c(bytes)).toBe(reference(bytes));
    }
  });
});
