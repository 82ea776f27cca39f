/** A report as text: columns for a terminal, CSV for spreadsheets. */
import type { ReportRow, SweepReport } from './sweepReport.ts';

/** Rows of cells, the first one with the heads. */
export function reportCells({ metric, rows }: SweepReport): readonly (readonly string[])[] {
  const others = otherMetrics(metric, rows);
  return [
    ['run', metric, ...others, 'step', 'seconds', ''],
    ...rows.map((row) => [
      row.run,
      ...[row.value, ...others.map((tag) => row.metrics[tag])].map(shownNumber),
      String(row.step),
      row.trainSeconds.toFixed(1),
      row.error === undefined ? row.state : `failed: ${row.error}`,
    ]),
  ];
}

/** All that is known: a column for each key that is tried, and for each metric that any run has. */
export function reportCsv({ keys, rows }: SweepReport): string {
  const tags = [...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))].sort();
  const heads = [
    'run',
    'config',
    'scene',
    ...keys.map(({ key }) => key),
    'state',
    'step',
    'trainSeconds',
    ...tags,
    'error',
  ];
  const lines = rows.map((row) => [
    row.run,
    row.config ?? '',
    row.scene ?? '',
    ...keys.map(({ key }) => shownValue(row.settings[key])),
    row.state,
    String(row.step),
    String(row.trainSeconds),
    ...tags.map((tag) => String(row.metrics[tag] ?? '')),
    row.error ?? '',
  ]);
  return [heads, ...lines].map((line) => `${line.map(quoted).join(',')}\n`).join('');
}

/** Six digits, or nothing. */
export function shownNumber(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(6)));
}

/** A setting as a person would write it; of a section that only chooses a kind, the kind. */
export function shownValue(value: unknown): string {
  const { kind, ...rest } = Object(value) as { readonly kind?: unknown };
  if (typeof kind === 'string' && Object.keys(rest).length === 0) return kind;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Whatever else evaluations of all images measured. */
function otherMetrics(metric: string, rows: readonly ReportRow[]): readonly string[] {
  const tags = rows.flatMap(({ metrics }) => Object.keys(metrics));
  return [...new Set(tags)].filter((tag) => /^eval\/[a-z]+$/.test(tag) && tag !== metric).sort();
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
