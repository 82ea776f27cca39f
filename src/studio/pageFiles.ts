/** The studio's page as it was built: a few files, read once. What is not among them cannot be asked for, however it is spelt. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { builtUrl } from '../builtUrl.ts';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** The same by gzip, which is what browsers take without encryption. Made when it is wanted first. */
  readonly packed: () => Promise<Buffer>;
  /** Its name changes with its content. */
  readonly isImmutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Beside `dist/src`. */
export const pageFolder = fileURLToPath(builtUrl(import.meta.url, '../../studio/'));

/** By URL path, `/` for the page itself. Empty where no page was built. */
export async function readPageFiles(folder: string = pageFolder): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const type = types[path.extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = path.join(entry.parentPath, entry.name);
    const url = `/${path.relative(folder, file).split(path.sep).join('/')}`;
    const body = await readFile(file);
    let packed: Promise<Buffer> | undefined;
    files.set(url === '/index.html' ? '/' : url, {
      ...{ type, body, isImmutable: url.startsWith('/assets/') },
      packed: () => (packed ??= promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION })),
    });
  }
  return files;
}
