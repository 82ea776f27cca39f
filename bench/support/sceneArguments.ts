/** Arguments of benchmarks that train on data sets: `[--scenes a,b] [--seconds 15,60] [...] [key=value ...]`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Where data sets lie: the folder that NERFSTREAM_DATA_DIR names, or the one beside the project. */
export const dataRoot =
  process.env['NERFSTREAM_DATA_DIR'] ?? path.resolve(import.meta.dirname, '../../../shared/data');

/** The folder of a data set that was asked for by its path, or by its name in the folder of data sets. @throws RangeError where there is none */
export function askedScene(name: string): string {
  const folder = [path.resolve(name), path.join(dataRoot, name)].find((place) => existsSync(place));
  if (!folder) throw new RangeError(`there is no data set ${name}, and none of that name in ${dataRoot}`);
  return folder;
}

/** @param options those of the benchmark beside `--scenes` and `--seconds`, as `parseArgs` takes them */
export function sceneArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
) {
  const { values, positionals } = parseArgs({
    options: {
      scenes: { type: 'string' },
      seconds: { type: 'string' },
      // Told to all benchmarks; these have nothing that needs Python.
      peers: { type: 'boolean' },
      ...options,
    },
    allowPositionals: true,
  });
  return { ...values, assignments: positionals };
}

/** `15,30` as numbers. @throws RangeError for what is none above zero */
export function numbersIn(text: string): number[] {
  return text.split(',').map((part) => {
    const number = Number(part);
    if (!(number > 0)) throw new RangeError(`"${part}" is not a number above zero`);
    return number;
  });
}
