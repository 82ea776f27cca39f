/** Which photos train and which are held out. */
import { posix } from 'node:path';
import { DataError } from '../../errors.ts';
import type { SplitSettings } from './dataparser.ts';

/** Indices of photos; with `split=all` the same ones stand in both. */
export interface Split {
  readonly train: readonly number[];
  readonly eval: readonly number[];
}

/** What a data set lists: names of photos as it spells them. */
export interface SplitLists {
  readonly train: readonly string[];
  readonly eval: readonly string[];
}

/**
 * @param names of the photos, in order
 * @param lists of the data set; undefined if it has none
 * @param source file or folder that an error names
 * @throws DataError when names or lists do not say enough
 * Source: nerfstudio 1.1.5 `dataparsers_utils`
 */
export function splitFrames(
  names: readonly string[],
  settings: SplitSettings,
  lists: SplitLists | undefined,
  source: string,
): Split {
  const all = names.map((_, index) => index);
  const divide = (trains: (index: number) => boolean): Split => ({
    train: all.filter(trains),
    eval: all.filter((index) => !trains(index)),
  });
  switch (settings.split) {
    case 'all':
      return { train: all, eval: all };
    case 'interval':
      return divide((index) => index % settings.evalInterval !== 0);
    case 'filename':
      return divide((index) => trainsByName(names[index]!, source));
    case 'fraction':
      return fraction(names.length, settings.trainFraction);
    case 'lists':
      if (lists === undefined)
        throw new DataError(`${source}: lists no images to hold out. Choose another data.split.`, source);
      return listed(names, lists);
    case 'auto':
      return lists ? listed(names, lists) : fraction(names.length, settings.trainFraction);
  }
}

/** Of `count` photos in order, `ceil(share count)` evenly spaced ones from the first to the last train. */
function fraction(count: number, share: number): Split {
  const trainCount = Math.ceil(count * share);
  const step = (count - 1) / Math.max(1, trainCount - 1);
  const train = Array.from({ length: trainCount }, (_, index) =>
    index > 0 && index === trainCount - 1 ? count - 1 : Math.floor(index * step),
  );
  const trains = new Set(train);
  return {
    train,
    eval: Array.from({ length: count }, (_, index) => index).filter((index) => !trains.has(index)),
  };
}

/** `train` in the file's name counts before `eval`, as in nerfstudio. */
function trainsByName(name: string, source: string): boolean {
  const base = posix.basename(name.replaceAll('\\', '/'));
  if (base.includes('train')) return true;
  if (base.includes('eval')) return false;
  throw new DataError(
    `${source}: ${JSON.stringify(name)} has neither train nor eval in its file name, which split=filename needs. Rename it, or choose another data.split.`,
    source,
  );
}

function listed(names: readonly string[], { train, eval: held }: SplitLists): Split {
  const select = (list: readonly string[]) => {
    const wanted = new Set(list);
    return names.flatMap((name, index) => (wanted.has(name) ? [index] : []));
  };
  return { train: select(train), eval: select(held) };
}
