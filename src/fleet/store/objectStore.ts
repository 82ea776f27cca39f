/** What a store is to whoever keeps runs and data sets in one: objects by key, whole or not there, checked on the way in and out. */
import type { Readable } from 'node:stream';

/** Bytes with their checksum, which can be read from their beginning as often as it takes. */
export interface Content {
  readonly bytes: number;
  /** SHA-256, 64 hexadecimal digits. */
  readonly sha256: string;
  read(): Readable;
}

/** What an object must be to count as whole. */
export type Expected = Pick<Content, 'bytes' | 'sha256'>;

/**
 * Objects in a shared folder or in S3-compatible storage. Keys are relative paths with `/`; see `checkKey`.
 * Everything rejects with StoreError, in one line that names store and object and holds no secret.
 */
export interface ObjectStore {
  /** Where it is, as people may see it. */
  readonly shown: string;
  /** Puts an object, replacing what was there, in one piece: readers see the old one or the new one. */
  put(key: string, content: Content): Promise<void>;
  /** Writes an object to `file`, which appears only once it is whole. @throws StoreError where it is not there or not what is expected */
  fetch(key: string, file: string, expected: Expected): Promise<void>;
  /** A small object; undefined where there is none. @throws StoreError where it is longer than `maxBytes` */
  read(key: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Whether there is an object of this length: for keys that say what is in them. */
  has(key: string, bytes: number): Promise<boolean>;
  /** Removes an object, if it is there. */
  remove(key: string): Promise<void>;
  close(): void;
}
