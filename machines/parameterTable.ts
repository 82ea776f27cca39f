/** The parameters of a run as a table for the log. */
import type { Log } from '../src/log.ts';
import type { ParameterGroups } from '../src/optimizers/optimizers.ts';

export interface ParameterRow {
  readonly group: string;
  readonly name: string;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly count: number;
}

/** One row a parameter, in the pipeline's order. */
export function parameterTable(groups: ParameterGroups): ParameterRow[] {
  return Object.entries(groups).flatMap(([group, parameters]) =>
    parameters.map(({ name, variable: { shape, size } }) => ({ group, name, shape, count: size })),
  );
}

/** Logs the table as one line of data and one readable line a parameter. */
export function logParameters(groups: ParameterGroups, log: Log): void {
  const rows = parameterTable(groups);
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const lines = rows.map(
    ({ group, name, shape, count }) => `  ${group}  ${name}  [${shape.join(', ')}]  ${grouped(count)}`,
  );
  const heading = `${grouped(total)} parameters in ${Object.keys(groups).length} groups`;
  log.info({ parameters: rows, total }, [heading, ...lines].join('\n'));
}

/** 12345678 -> 12,345,678 */
function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
