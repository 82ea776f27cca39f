/** Where a compiled neighbour of a source file lies: threads and kernels always run from the build. */

/**
 * @param from `import.meta.url` of the caller, in `src/` (run by a test runner) or in `dist/`
 * @param relative path of the built file relative to the caller, for example `./saveWorker.js`
 * @returns file URL inside `dist/`
 */
export function builtUrl(from: string, relative: string): URL {
  const url = new URL(relative, from);
  if (!from.endsWith('.ts')) return url;
  const root = new URL('../', import.meta.url);
  return new URL(`dist/${url.href.slice(root.href.length)}`, root);
}
