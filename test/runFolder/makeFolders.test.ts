import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { RunFolderError } from '../../src/errors.ts';
import { runSweep } from '../../src/fleet/runSweep.ts';
import { makeNamedFolder } from '../../src/runFolder/makeFolders.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

it('[FL54] a named folder is made with its parents, and left as it is where it is there', async () => {
  const folder = path.join(temporaryFolder(), 'a', 'b');
  await makeNamedFolder(folder, '--out');
  mkdirSync(path.join(folder, 'inside'));
  await makeNamedFolder(folder, '--out');
  expect(existsSync(path.join(folder, 'inside'))).toBe(true);
});

it('[FL54] one that cannot be made is told of with the option that names it', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const tries = [
    [file, 'it is a file, not a folder'],
    [path.join(file, 'x'), 'it cannot be made (a part of its path is not a folder)'],
    ...(process.platform === 'linux' ? [['/proc/x', 'it cannot be made (ENOENT)']] : []),
  ] as const;
  for (const [folder, why] of tries) {
    const error: unknown = await makeNamedFolder(folder!, '--out').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RunFolderError);
    expect((error as Error).message).toBe(`--out ${folder}: ${why}. Choose another folder.`);
  }
});

it('[FL54] a sweep says so before it runs anything', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const sweep = { name: 's', metric: 'm', mode: 'max', keys: [], runs: [], asha: undefined };
  const running = runSweep(sweep as unknown as Parameters<typeof runSweep>[0], {
    folder: path.join(file, 'x'),
    carryOut: () => Promise.reject(new Error('was run')),
  });
  await expect(running).rejects.toThrow(/^--out .*cannot be made/);
});
