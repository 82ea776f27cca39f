import type { Series } from './series.ts';

/** A curve as a table: step, seconds since 1970, value; exactly as they came. */
export function encodeCsv(tag: string, series: Series): string {
  const name = /[",\n]/.test(tag) ? `"${tag.replaceAll('"', '""')}"` : tag;
  const rows = Array.from(
    { length: series.length },
    (_, index) => `${series.steps[index]},${series.wallTimes[index]},${series.values[index]}\n`,
  );
  return `step,wall_time,${name}\n${rows.join('')}`;
}
