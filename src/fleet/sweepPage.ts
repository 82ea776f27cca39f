/** A report as one page that needs nothing beside it: parallel coordinates, and a table that sorts. */
import { escapeMarkup } from '../escapeMarkup.ts';
import { sortedTableScript, sortedTableStyle } from '../sortedTable.ts';
import { type Axis, type Line, parallelCoordinates } from './parallelCoordinates.ts';
import type { ReportRow, SweepReport } from './sweepReport.ts';
import { shownNumber, shownValue } from './sweepTables.ts';

/** Listed numbers that differ by this factor or more are drawn on a logarithmic axis. */
const logarithmicFrom = 30;

export function sweepPage(report: SweepReport): string {
  const { name, metric, mode, rows, steps, allSteps } = report;
  const best =
    rows[0]?.value === undefined ? '' : `; the best is ${rows[0].run} with ${shownNumber(rows[0].value)}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nerfstream: sweep ${escapeMarkup(name)}</title>
<style>${sortedTableStyle}${style}</style>
<h1>Sweep ${escapeMarkup(name)}</h1>
<p>${rows.length} runs, compared by ${escapeMarkup(metric)} (${mode === 'max' ? 'larger' : 'smaller'} is better)${escapeMarkup(best)}. ${steps} steps were made of ${allSteps} that all runs to their end would be.</p>
<div class="chart">${chart(report)}</div>
${table(report)}
<script>${sortedTableScript}${script}</script>
</html>
`;
}

function chart({ keys, metric, mode, rows }: SweepReport): string {
  const withConfig = rows.some(({ config }) => config !== undefined);
  const withScene = rows.some(({ scene }) => scene !== undefined);
  const axes: Axis[] = [
    ...(withConfig ? [{ title: 'config' }] : []),
    ...(withScene ? [{ title: 'scene' }] : []),
    ...keys.map(({ key, kind }) => ({
      title: key,
      logarithmic: kind === 'logUniform' || (kind === 'grid' && isWide(rows, key)),
    })),
    { title: metric },
  ];
  const values = rows.flatMap(({ value }) => value ?? []);
  const [worst, best] =
    mode === 'max' ? [Math.min(...values), Math.max(...values)] : [Math.max(...values), Math.min(...values)];
  const lines = rows.map(
    ({ run, config, scene, settings, value }): Line => ({
      name: run,
      values: [
        ...(withConfig ? [config] : []),
        ...(withScene ? [scene] : []),
        ...keys.map(({ key }) => settings[key]),
        value,
      ],
      quality: value === undefined ? undefined : best === worst ? 1 : (value - worst) / (best - worst),
    }),
  );
  return parallelCoordinates(axes, lines.reverse());
}

function isWide(rows: readonly ReportRow[], key: string): boolean {
  const values = rows.map(({ settings }) => settings[key]);
  const numbers = values.filter((value) => typeof value === 'number');
  return (
    numbers.length === values.length &&
    Math.min(...numbers) > 0 &&
    Math.max(...numbers) / Math.min(...numbers) >= logarithmicFrom
  );
}

function table({ keys, metric, rows }: SweepReport): string {
  const withConfig = rows.some(({ config }) => config !== undefined);
  const withScene = rows.some(({ scene }) => scene !== undefined);
  const heads = [
    ...(withConfig ? ['config'] : []),
    ...(withScene ? ['scene'] : []),
    ...keys.map(({ key }) => key),
    metric,
    'step',
    'seconds',
    'state',
    'run',
  ];
  const body = rows.map((row) => {
    const cells = [
      ...(withConfig ? [row.config ?? ''] : []),
      ...(withScene ? [row.scene ?? ''] : []),
      ...keys.map(({ key }) => shownValue(row.settings[key])),
      row.value ?? '',
      row.step,
      Number(row.trainSeconds.toFixed(1)),
      row.error === undefined ? row.state : `failed: ${row.error}`,
      row.run,
    ];
    return `<tr data-run="${escapeMarkup(row.run)}">${cells.map(cell).join('')}</tr>`;
  });
  return `<table>
<thead><tr>${heads.map((head) => `<th data-sort>${escapeMarkup(head)}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>`;
}

function cell(value: string | number): string {
  const shown = typeof value === 'number' ? shownNumber(value) : value;
  return `<td data-value="${escapeMarkup(String(value))}">${escapeMarkup(shown)}</td>`;
}

const style = `
body { font: 14px system-ui, sans-serif; margin: 2em; color: #222; background: #fff; }
.chart { overflow-x: auto; }
svg text { font-size: 12px; text-anchor: end; fill: #444; paint-order: stroke; stroke: #fff; stroke-width: 4px; }
svg text.title { text-anchor: middle; font-weight: 600; fill: #222; }
.axis line { stroke: #888; }
.runs polyline { fill: none; stroke-width: 1.5; opacity: 0.75; cursor: pointer; }
.runs polyline:last-child { stroke-width: 3; opacity: 1; }
.marking .runs polyline { opacity: 0.12; }
.marking .runs polyline.marked { opacity: 1; stroke-width: 3.5; }
table { margin-top: 1.5em; }
tr.marked { background: #fff3c4; }
`;

/** A line and its row mark each other. */
const script = `
const mark = (run) => {
  document.body.classList.toggle('marking', run !== undefined);
  for (const element of document.querySelectorAll('[data-run]'))
    element.classList.toggle('marked', element.dataset.run === run);
};
document.addEventListener('mouseover', (event) => mark(event.target.closest?.('[data-run]')?.dataset.run));
`;
