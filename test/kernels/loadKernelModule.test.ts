import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadKernelModule } from '../../src/kernels/loadKernelModule.ts';

afterEach(() => vi.unstubAllEnvs());

describe('loadKernelModule', () => {
  it('takes vectors of 8 where this V8 and this processor have them, else fused multiply-add', async () => {
    const major = Number.parseInt(process.versions.node, 10);
    const tried = (major === 24 || major === 26) && process.arch === 'x64' && process.platform === 'linux';
    const wide = tried && /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'latin1'));
    expect((await loadKernelModule()).variant).toBe(wide ? 'wide' : 'relaxed');
  });

  it('takes the one that NERFSTREAM_KERNELS names', async () => {
    vi.stubEnv('NERFSTREAM_KERNELS', 'base');
    expect((await loadKernelModule()).variant).toBe('base');
    expect((await loadKernelModule('relaxed')).variant).toBe('relaxed');
  });

  it('says which names there are', async () => {
    vi.stubEnv('NERFSTREAM_KERNELS', 'widest');
    await expect(loadKernelModule()).rejects.toThrow(
      'NERFSTREAM_KERNELS is "widest"; use one of wide, relaxed, base, or unset it',
    );
  });
});
