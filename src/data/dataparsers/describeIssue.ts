/** What zod says of data that are not as they should be, in the words of our messages. */
import type { z } from 'zod';

/** The first issue as `transform_matrix[0][3] must be a number, but is null`. */
export function describeIssue({ issues }: z.ZodError): string {
  const { path, message, code } = issues[0]!;
  const key = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const [, expected, received] = /expected (\S+), received (\S+)/.exec(message) ?? [];
  if (code !== 'invalid_type' || expected === undefined) return `${key} ${lowerFirst(message)}`.trim();
  const article = /^[aeiou]/.test(expected) ? 'an' : 'a';
  if (key === '') return `must be ${article} ${expected}, but is ${received}`;
  return received === 'undefined'
    ? `${key} is missing`
    : `${key} must be ${article} ${expected}, but is ${received}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
