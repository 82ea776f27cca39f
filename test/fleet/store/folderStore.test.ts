import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.ts';
import { textContent } from '../../../src/fleet/store/fileContent.ts';
import { createFolderStore } from '../../../src/fleet/store/folderStore.ts';
import { openStore } from '../../../src/fleet/store/openStore.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { storeContract } from '../support/storeContract.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeContract('a shared folder', async () => createFolderStore(folder));

describe('openStore', () => {
  it('takes a folder, and of addresses s3:// alone', async () => {
    expect((await openStore(folder)).shown).toBe(folder);
    await expect(openStore('ftp://host/place')).rejects.toThrow('expected a folder or s3://BUCKET/PREFIX');
    await expect(openStore('s3://')).rejects.toThrow('expected a folder or s3://BUCKET/PREFIX');
  });

  it('[FL54] makes a folder for who brings what lies in it, and for nobody else', async () => {
    const missing = path.join(folder, 'not', 'there');
    const refused = openStore(missing);
    await expect(refused).rejects.toThrow(StoreError);
    await expect(refused).rejects.toThrow(/^--store .*there: there is no such folder\. Is it mounted here\?/);
    expect((await openStore(missing, true)).shown).toBe(missing);
    expect((await openStore(missing)).shown).toBe(missing);
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(openStore(file)).rejects.toThrow(/there is no such folder/);
    await expect(openStore(path.join(file, 'x'), true)).rejects.toThrow(/^--store .*cannot be made/);
  });

  it('refuses keys in an address, and does not repeat them', async () => {
    const error = await openStore('s3://key:secret@bucket').catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/AWS_SECRET_ACCESS_KEY/);
    expect(String(error)).not.toMatch(/:secret/);
  });
});

it('a folder that cannot be written says so in one line', async () => {
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const store = createFolderStore(path.join(file, 'inside'));
  await expect(store.put('key', textContent('text'))).rejects.toThrow(
    /^the store .*: key: a part of its path/,
  );
});
