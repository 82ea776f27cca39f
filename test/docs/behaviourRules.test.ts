import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('no two rules of behaviour have one number', () => {
  const rules = [...readFileSync('docs/behaviour.md', 'utf8').matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)];
  const names = rules.map(([, name]) => name);
  expect(names.filter((name, k) => names.indexOf(name) !== k)).toEqual([]);
  expect(names.length).toBeGreaterThan(100);
});
