import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the index of decisions by topic names every decision, and no other', () => {
  const text = readFileSync('docs/decisions.md', 'utf8');
  const [index = ''] = /^By topic:\n\n(?:- .*\n)+/m.exec(text) ?? [];
  const written = [...text.matchAll(/^## (D-\d{3}) /gm)].map(([, name]) => name as string);
  const named = [...index.matchAll(/D-\d{3}/g)].map(([name]) => name);
  expect(new Set(written).size).toBe(written.length);
  expect([...new Set(named)].sort()).toEqual([...written].sort());
});
