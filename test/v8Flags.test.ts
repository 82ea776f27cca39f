/** The library as somebody uses it in a process of their own. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..');
const isBehindFlag = Number.parseInt(process.versions.node, 10) <= 21;

/** Runs an ES module with the built package; it says which kernels an engine took, and whether V8 now knows relaxed SIMD. */
function run(before: string, flags: readonly string[] = []): { variant: string; validates: boolean } {
  const script = `
    import { readFileSync } from 'node:fs';
    import { allowV8Flags, createEngine } from './dist/src/index.js';
    ${before}
    const engine = await createEngine({ engine: 'simd', threads: 1 });
    const validates = WebAssembly.validate(readFileSync('dist/src/kernels/kernels.relaxed.wasm'));
    console.log(JSON.stringify({ variant: engine.arithmetic, validates }));
  `;
  const output = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
    cwd: root,
  });
  return JSON.parse(output.toString().trim().split('\n').at(-1)!);
}

describe('V8 flags', () => {
  it.runIf(isBehindFlag)('[EN4] the library leaves them alone: kernels are those that run without', () => {
    expect(run('')).toEqual({ variant: 'base', validates: false });
  });

  it.runIf(isBehindFlag)(
    'a program that owns its process may permit them, or start Node.js with them',
    () => {
      expect(run('allowV8Flags();')).toEqual({ variant: 'relaxed', validates: true });
      expect(run('', ['--experimental-wasm-relaxed-simd'])).toEqual({ variant: 'relaxed', validates: true });
    },
  );

  it.skipIf(isBehindFlag)('[EN4] vectors of 8 are not switched on unless that is permitted', () => {
    expect(run('').variant).toBe('relaxed');
    expect(['wide', 'relaxed']).toContain(run('allowV8Flags();').variant);
  });
});
