/** A store in S3-compatible storage: AWS, MinIO, Ceph, R2 and others. Who may do what is said by AWS's usual environment variables. */

import { setTimeout as delay } from 'node:timers/promises';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { StoreError } from '../../errors.ts';
import { checkKey } from './checkKey.ts';
import type { ObjectStore } from './objectStore.ts';
import { receiveFile } from './receiveFile.ts';

const packages = ['@aws-sdk/client-s3', '@aws-sdk/lib-storage'];
/** Objects above this go up in pieces, each sent again by itself if it fails. S3 wants 5 MiB at least, and 10,000 pieces at most. */
const partBytes = 16 * 1024 * 1024;
const mostParts = 10_000;
/** Of a request, by the client; and of an object whose bytes came out wrong, by us. */
const attempts = 5;
const fetchAttempts = 3;
const fetchPauseMs = 500;

/** @param address `s3://bucket/prefix`. The endpoint is that of `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else AWS's. */
export async function createS3Store(address: URL): Promise<ObjectStore> {
  const { S3Client, GetObjectCommand, HeadObjectCommand, DeleteObjectCommand, Upload } = await loadClient();
  const bucket = address.hostname;
  const prefix = decodeURIComponent(address.pathname).replace(/^\/+|\/+$/g, '');
  const shown = `s3://${bucket}${prefix && `/${prefix}`}`;
  const custom = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  const client: S3Client = new S3Client({
    maxAttempts: attempts,
    region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    // Names of buckets are no names of hosts with storage of one's own.
    ...(custom !== undefined && { endpoint: custom, forcePathStyle: true }),
  });
  const at = (key: string) => ({ Bucket: bucket, Key: [prefix, checkKey(key)].filter(Boolean).join('/') });
  const explained = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(`the store ${shown}: ${key}: ${reasonOf(error)}`, { cause: error });
    }
  };
  const get = (key: string): Promise<GetObjectCommandOutput> => client.send(new GetObjectCommand(at(key)));
  return {
    shown,
    put: (key, { bytes, read }) =>
      explained(key, async () => {
        // The storage checks each request's body against its own checksum.
        const upload = new Upload({
          client,
          params: { ...at(key), Body: read(), ChecksumAlgorithm: 'SHA256' },
          partSize: Math.max(partBytes, Math.ceil(bytes / mostParts)),
          queueSize: 2,
        });
        await upload.done();
      }),
    fetch: (key, file, expected) =>
      explained(key, async () => {
        for (let attempt = 1; ; attempt++)
          try {
            const { Body } = await get(key);
            return await receiveFile(Body as AsyncIterable<Uint8Array>, file, expected, `${key} in ${shown}`);
          } catch (error) {
            if (attempt === fetchAttempts || isMissing(error)) throw error;
            await delay(fetchPauseMs * attempt);
          }
      }),
    read: (key, maxBytes) =>
      explained(key, async () => {
        const found = await get(key).catch(ifThere);
        if (!found?.Body) return undefined;
        if (!((found.ContentLength ?? Number.POSITIVE_INFINITY) <= maxBytes))
          throw new StoreError(`the store ${shown}: ${key} is longer than ${maxBytes} bytes`);
        return found.Body.transformToByteArray();
      }),
    has: (key, bytes) =>
      explained(key, async () => {
        const found = await client.send(new HeadObjectCommand(at(key))).catch(ifThere);
        return found !== undefined && found.ContentLength === bytes;
      }),
    remove: (key) =>
      explained(key, async () => {
        await client.send(new DeleteObjectCommand(at(key)));
      }),
    close: () => client.destroy(),
  };
}

/** The client is 23 MB, and few need it: those who do install it. */
async function loadClient() {
  try {
    const [s3, lib] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]);
    return { ...s3, ...lib };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new StoreError(
      `a store in s3:// needs packages that are not installed: npm install ${packages.join(' ')}`,
      { cause },
    );
  }
}

function isMissing(error: unknown): boolean {
  const { name } = error as Error;
  return name === 'NoSuchKey' || name === 'NotFound';
}

function ifThere(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** What went wrong, without addresses and keys that the client puts into some messages. */
function reasonOf(error: unknown): string {
  const { name, message, $metadata } = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  if (isMissing(error)) return 'it is not there';
  if (name === 'CredentialsProviderError')
    return 'there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE';
  const status = $metadata?.httpStatusCode === undefined ? '' : ` (HTTP ${$metadata.httpStatusCode})`;
  return `${name === 'Error' ? '' : `${name}: `}${message.split('\n', 1)[0]}${status}`;
}
