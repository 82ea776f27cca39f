import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonErrorOffset } from '../../../src/data/dataparsers/jsonErrorOffset.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('jsonErrorOffset', () => {
  it.each([
    ['{"a": [1, 2,]}', 12],
    ['{"a": 1,}', 8],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ['[1 2]', 3],
    ['[01]', 1],
    ['[1.]', 1],
    ['[NaN]', 1],
    ['{"a": 1]', 7],
    ['{} {}', 3],
    ['["tab\there"]', 1],
    ['["a\\q"]', 1],
    ["{'a': 1}", 1],
    ['[1, 2', 5],
    ['{"frames": [{"file_pa', 21],
    ['[1, tru', 7],
    ['', 0],
  ])('finds what is wrong in %j', (text, offset) => {
    expect(isJson(text)).toBe(false);
    expect(jsonErrorOffset(text)).toBe(offset);
  });

  it('finds nothing wrong in JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = ` ${JSON.stringify(value, undefined, indent)}\n`;
        expect(jsonErrorOffset(text)).toBe(text.length);
      }),
      { numRuns: 300 },
    );
  });

  it('finds something wrong in whatever JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom(',', '}', ']', '"', 'x', ':', ' 1', ''),
        (text, at, garbage) => {
          const position = at % (text.length + 1);
          const broken = text.slice(0, position) + garbage + text.slice(position + 1);
          if (isJson(broken)) return;
          const offset = jsonErrorOffset(broken);
          expect(offset).toBeLessThanOrEqual(broken.length);
          // At the end only when it was cut off: closing it differently must not be what is missing in the middle.
          if (offset === broken.length) expect(isJson(`[${broken}]`) && broken.trim() !== '').toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('copes with deep nesting and long strings', () => {
    expect(jsonErrorOffset('['.repeat(200_000))).toBe(200_000);
    const long = `{"a": "${'x'.repeat(2_000_000)}", }`;
    expect(jsonErrorOffset(long)).toBe(long.length - 1);
  });
});
