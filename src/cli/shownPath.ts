/** Paths as people like to read them. */
import path from 'node:path';

/** Relative to the working directory if it lies below it, else absolute. */
export function shownPath(file: string): string {
  const relative = path.relative('', file);
  if (relative === '') return '.';
  return relative.startsWith('..') || path.isAbsolute(relative) ? path.resolve(file) : relative;
}
