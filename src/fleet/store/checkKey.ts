/** Names that come from elsewhere (a store, a queue) and become paths here: none of them may lead out of the folder they are for. */
import { StoreError } from '../../errors.ts';

/** Bytes of the longest key of S3. */
const longestKey = 1024;
const longestPart = 255;

/**
 * @param key a relative path with `/`, as it stands in a manifest or names an object
 * @returns the key
 * @throws StoreError for one that is absolute, goes up, hides a separator of another system, or no file system takes
 */
export function checkKey(key: string): string {
  const parts = key.split('/');
  const isGood =
    Buffer.byteLength(key) <= longestKey &&
    parts.every(
      (part) =>
        part !== '' &&
        part !== '.' &&
        part !== '..' &&
        Buffer.byteLength(part) <= longestPart &&
        !/\\|\p{Cc}/u.test(part),
    );
  if (!isGood)
    throw new StoreError(
      `${JSON.stringify(key.slice(0, 80))} is no name of a file in a store: relative, with /, without .. : and \\`,
    );
  return key;
}
