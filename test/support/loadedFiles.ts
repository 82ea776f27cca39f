/** What a module loads before it runs: what it imports, what that imports, and so on, but for what is imported when it is needed. */
import path from 'node:path';
import { build } from 'esbuild';

/** @param entry and @returns paths in the repository; packages by their names */
export async function loadedFiles(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: path.join(import.meta.dirname, '../..'),
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    metafile: true,
    outdir: 'unused',
    splitting: true,
  });
  const loaded = new Set<string>();
  const visit = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path: next, kind } of metafile.inputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import') visit(next);
  };
  visit(entry);
  return [...loaded];
}
