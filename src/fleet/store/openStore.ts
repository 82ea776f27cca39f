/** Opens a store by its address. */
import path from 'node:path';
import { StoreError } from '../../errors.ts';
import { createFolderStore } from './folderStore.ts';
import type { ObjectStore } from './objectStore.ts';

/**
 * @param address a folder, or `s3://bucket/prefix`
 * @throws StoreError for any other kind of address, and where packages for S3 are missing
 */
export async function openStore(address: string): Promise<ObjectStore> {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(address) ?? [];
  if (scheme === undefined) return createFolderStore(path.resolve(address));
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (scheme.toLowerCase() !== 's3' || !url?.hostname)
    throw new StoreError(`--store: expected a folder or s3://BUCKET/PREFIX, and found the kind ${scheme}://`);
  if (url.username || url.password)
    throw new StoreError(
      '--store: keys do not belong into the address: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  return (await import('./s3Store.ts')).createS3Store(url);
}
