import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));

describe("the tensor library's own specs", () => {
  it('all pass on simd', { timeout: 120_000 }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [runner, 'simd'], { encoding: 'utf8' });
    console.log(stdout.trim());
    expect(`${stdout}${stderr}`).toMatch(/tfjs-core specs on simd: \d{4} passed, 0 failed/);
    expect(status).toBe(0);
  });
});
