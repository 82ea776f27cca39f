import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { createEngine } from '../../src/tensors/createEngine.ts';

/** Where the module finds zod. */
const folder = path.resolve(import.meta.dirname, 'ownEngine');
afterAll(() => rmSync(folder, { recursive: true }));

it('[CF1] an engine of the user is named by its module, with its settings', async () => {
  mkdirSync(folder, { recursive: true });
  const module = path.join(folder, 'abacus.mjs');
  writeFileSync(
    module,
    `import { z } from 'zod';
     export const engine = {
       kind: 'abacus',
       schema: z.strictObject({ beads: z.number().int().default(10).describe('A rod.') }),
       create: async ({ beads }, threads) => ({ name: 'abacus', description: beads + ' beads', threads }),
     };`,
  );
  const config = await loadConfig('instant-ngp', { threads: 3 }, [`engine={module: ${module}, beads: 7}`]);
  expect(config.engine).toEqual({ module, beads: 7 });
  expect(await createEngine(config)).toEqual({ name: 'abacus', description: '7 beads', threads: 3 });
  await expect(loadConfig('instant-ngp', {}, [`engine={module: ${module}, bead: 7}`])).rejects.toThrow(
    'command line: engine.bead: unknown key, did you mean engine.beads?',
  );
  expect((await loadConfig('instant-ngp', {}, ['engine={kind: simd}'])).engine).toEqual({ kind: 'simd' });
});
