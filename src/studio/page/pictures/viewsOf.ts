/** Which pictures of which views there are: those in the run folder, and those that came since. */
import { api } from '../../protocol.ts';
import type { FreshPicture } from '../store.ts';

/** As `api.pictures` lists them. */
export interface StoredPicture {
  readonly file: string;
  /** Absent: of the last evaluation of all views. */
  readonly step?: number;
  readonly index: number;
}

export interface EvaluationPicture {
  readonly step: number;
  readonly url: string;
}

export interface EvaluatedView {
  readonly index: number;
  /** By step; at least one. */
  readonly pictures: readonly EvaluationPicture[];
}

/**
 * Views by number, each with its pictures by step; of one step the one that came last.
 * @param latestStepOf step of a view's last evaluation: what a picture without a step is of
 */
export function viewsOf(
  run: string,
  stored: readonly StoredPicture[],
  fresh: readonly FreshPicture[],
  latestStepOf: (index: number) => number,
): EvaluatedView[] {
  const views = new Map<number, Map<number, string>>();
  const add = (index: number, step: number, url: string) => {
    const pictures = views.get(index) ?? new Map<number, string>();
    views.set(index, pictures.set(step, url));
  };
  for (const { file, index, step = latestStepOf(index) } of stored) add(index, step, api.picture(run, file));
  for (const { tag, step, url } of fresh) {
    const [, index] = /^eval\/images\/(\d+)/.exec(tag) ?? [];
    if (index !== undefined) add(Number(index), step, url);
  }
  const byNumber = <Value>([a]: [number, Value], [b]: [number, Value]) => a - b;
  return [...views].sort(byNumber).map(([index, pictures]) => ({
    index,
    pictures: [...pictures].sort(byNumber).map(([step, url]) => ({ step, url })),
  }));
}
