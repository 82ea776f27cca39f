/** Opens a store by its address. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from '../../errors.ts';
import { makeNamedFolder } from '../../runFolder/makeFolders.ts';
import { createFolderStore } from './folderStore.ts';
import type { ObjectStore } from './objectStore.ts';

/**
 * @param address a folder, or `s3://bucket/prefix`
 * @param mayMake makes a folder that is not there: who brings what lies in the store may, who waits for what others bring has named another one
 * @throws StoreError for any other kind of address, for a folder that is not there, and where packages for S3 are missing; RunFolderError for one that cannot be made
 */
export async function openStore(address: string, mayMake = false): Promise<ObjectStore> {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(address) ?? [];
  if (scheme === undefined) {
    const folder = path.resolve(address);
    if (mayMake) await makeNamedFolder(folder, '--store');
    else if (!(await stat(folder).catch(() => undefined))?.isDirectory())
      throw new StoreError(
        `--store ${address}: there is no such folder. Is it mounted here? A sweep makes it (nerfstream sweep --redis --store), a worker does not`,
      );
    return createFolderStore(folder);
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (scheme.toLowerCase() !== 's3' || !url?.hostname)
    throw new StoreError(`--store: expected a folder or s3://BUCKET/PREFIX, and found the kind ${scheme}://`);
  if (url.username || url.password)
    throw new StoreError(
      '--store: keys do not belong into the address: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  return (await import('./s3Store.ts')).createS3Store(url);
}
