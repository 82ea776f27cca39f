/** The file in which a program of photogrammetry has written its cameras: it may have any name. */
import { join } from 'node:path';
import { DataError } from '../../../errors.ts';
import { readDataBeginning } from '../../readDataFile.ts';
import type { DataSource } from '../dataparser.ts';

/** How the files of a format are known. */
export interface ExportFile {
  /** `.xml` */
  readonly ending: string;
  /** What they begin with. */
  readonly begins: RegExp;
}

export const metashapeExport: ExportFile = { ending: '.xml', begins: /<document\b[^>]*>\s*<chunk\b/ };
export const realityCaptureExport: ExportFile = { ending: '.csv', begins: /^#name,.*\bheading\b/ };

/** Paths of all such files in the data set. */
export async function findExports(
  { folder, names }: DataSource,
  { ending, begins }: ExportFile,
): Promise<string[]> {
  const files = names.filter((name) => name.toLowerCase().endsWith(ending)).sort();
  const found = await Promise.all(
    files.map(async (name) => {
      const file = join(folder, name);
      return begins.test(await readDataBeginning(file)) ? file : undefined;
    }),
  );
  return found.filter((file) => file !== undefined);
}

/** The only such file. @throws DataError if there are several */
export async function theExport(source: DataSource, kind: ExportFile): Promise<string> {
  const [file, other] = await findExports(source, kind);
  if (file !== undefined && other === undefined) return file;
  throw new DataError(
    `${source.folder}: ${file} and ${other} both say where photos were taken from. Name the one that is meant: --data ${file}.`,
    source.folder,
  );
}
