/** Python packages that some tests read back with; where they are missing the tests are skipped, by name. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Whether `python3` can import a module. */
export function pythonHas(module: string): boolean {
  return spawnSync('python3', ['-c', `import ${module}`]).status === 0;
}

/** Runs a script beside this file and parses what it prints. @throws Error with what it said */
export function runPython(script: string, ...args: readonly string[]): unknown {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync('python3', [file, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
