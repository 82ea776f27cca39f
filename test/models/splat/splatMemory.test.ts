/** Too many splats for the memory: one line, before any photo is read. */
import os from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { ConfigError } from '../../../src/errors.ts';
import { bytesOfSplats, checkSplatMemory } from '../../../src/models/splat/splatMemory.ts';
import { createPipeline } from '../../../src/pipeline/createPipeline.ts';
import { createEngine } from '../../../src/tensors/createEngine.ts';

afterEach(() => vi.restoreAllMocks());

it('[MO2] names what is needed, what there is, and how many find room', () => {
  const check = (maxSplats: number, bytes: number) => () =>
    checkSplatMemory({ maxSplats, harmonicsDegree: 3, horizonSteps: 3000 }, bytes);
  expect(check(1_000_000, 16e9)).not.toThrow();
  expect(check(1_000_000, 1e9)).toThrow(ConfigError);
  expect(check(1_000_000, 1e9)).toThrow(
    /^model\.maxSplats: 1000000 splats need about 2\.\d GB of memory, and there are 1\.0 GB; set it to \d+000 or less, or lower model\.harmonicsDegree$/,
  );
  const most = Number(/set it to (\d+)/.exec(errorOf(check(1_000_000, 1e9)))?.[1]);
  expect(bytesOfSplats(most, 3)).toBeLessThanOrEqual(1e9);
  expect(bytesOfSplats(most + 1000, 3)).toBeGreaterThan(1e9);
  expect(check(1_000_000, 1e8)).toThrow(/a computer with more memory/);
});

it('[MO2] is said before the data set is read', async () => {
  vi.spyOn(os, 'totalmem').mockReturnValue(5e8);
  const engine = await createEngine({ engine: 'simd', threads: 1 });
  const config = await loadConfig('splat', { data: '/nowhere', model: { maxSplats: 1_000_000 } } as never);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  await expect(createPipeline(config, engine, log)).rejects.toThrow(/^model\.maxSplats: 1000000 splats need/);
  engine.dispose();
});

function errorOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
