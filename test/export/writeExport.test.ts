/** What is found out of an export's file before the work. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RunFolderError } from '../../src/errors.ts';
import { checkExport } from '../../src/export/writeExport.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-export-'));
const inside = (...parts: string[]) => path.join(folder, ...parts);
writeFileSync(inside('file'), '');
afterAll(() => rmSync(folder, { recursive: true }));

describe('checkExport', () => {
  it('[EX6] has nothing against a file that is there or not, and makes none', async () => {
    await checkExport(inside('file'));
    await checkExport(inside('new', 'er', 'mesh.glb'));
    expect(existsSync(inside('new'))).toBe(false);
  });

  it.each([
    ['', /cannot be written: it is a folder, not a file\.$/],
    ['file/mesh.glb', /mesh\.glb cannot be written: a part of its path is not a folder\.$/],
    ['file/of/nobody/mesh.glb', /mesh\.glb cannot be written: a part of its path is not a folder\.$/],
  ])('[EX6] says what stands in the way: %s', async (name, expected) => {
    const answer = checkExport(inside(name));
    await expect(answer).rejects.toThrow(RunFolderError);
    await expect(answer).rejects.toThrow(expected);
  });
});
