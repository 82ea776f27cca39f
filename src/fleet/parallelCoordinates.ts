/** Runs as lines across parallel axes, one for each thing that is tried and one for what came of it: an SVG, as text. */
import type { Plain } from '../checkpoint/checkpoint.ts';
import { escapeMarkup } from '../escapeMarkup.ts';
import { shownNumber, shownValue } from './sweepTables.ts';

export interface Axis {
  readonly title: string;
  /** Numbers on a logarithmic axis; those that are not all above 0 are on a linear one. */
  readonly logarithmic?: boolean;
}

export interface Line {
  /** What the line is known by: its `data-run`. */
  readonly name: string;
  /** One for each axis; undefined where there is none. */
  readonly values: readonly (Plain | undefined)[];
  /** From 0, the worst, to 1; undefined: grey. */
  readonly quality?: number | undefined;
}

const height = 380;
const top = 48;
const bottom = 24;
const gap = 190;
const side = 110;
/** Categories that are named at an axis; of more, some. */
const mostLabels = 20;

/** Where on an axis a value is: 0 at the bottom, 1 at the top. */
interface Scale {
  at(value: Plain): number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Lines are drawn in the order given, later ones over earlier ones. */
export function parallelCoordinates(axes: readonly Axis[], lines: readonly Line[]): string {
  const width = 2 * side + gap * (axes.length - 1);
  const xOf = (axis: number): number => side + gap * axis;
  const yOf = (at: number): number => top + (height - top - bottom) * (1 - at);
  const scales = axes.map((axis, index) =>
    scaleOf(
      axis,
      lines.flatMap(({ values }) => values[index] ?? []),
    ),
  );
  const paths = lines.map(({ name, values, quality }) => {
    const points = values.flatMap((value, axis) =>
      value === undefined ? [] : [`${xOf(axis)},${yOf(scales[axis]!.at(value)).toFixed(1)}`],
    );
    const color = quality === undefined ? '#bbb' : colorOf(quality);
    return `<polyline data-run="${escapeMarkup(name)}" points="${points.join(' ')}" stroke="${color}"><title>${escapeMarkup(name)}</title></polyline>`;
  });
  const drawn = axes.map(({ title }, axis) => {
    const x = xOf(axis);
    const ticks = scales[axis]!.ticks.map(
      ({ at, text }) =>
        `<line x1="${x - 4}" x2="${x}" y1="${yOf(at).toFixed(1)}" y2="${yOf(at).toFixed(1)}"/><text x="${x - 7}" y="${(yOf(at) + 4).toFixed(1)}">${escapeMarkup(shortened(text))}</text>`,
    );
    // Titles of neighbours stand in turns, so that long ones have room.
    const titleY = axis % 2 === 0 ? 14 : 32;
    return `<g class="axis"><line x1="${x}" x2="${x}" y1="${top}" y2="${height - bottom}"/>${ticks.join('')}<text class="title" x="${x}" y="${titleY}">${escapeMarkup(title)}</text></g>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="parallel coordinates">
<g class="runs">${paths.join('\n')}</g>
${drawn.join('\n')}
</svg>`;
}

function scaleOf({ logarithmic }: Axis, values: readonly Plain[]): Scale {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length || values.length === 0) return categories(values);
  const isLogarithmic = logarithmic === true && numbers.every((value) => value > 0);
  const forth = isLogarithmic ? Math.log : (value: number) => value;
  const back = isLogarithmic ? Math.exp : (value: number) => value;
  const distinct = [...new Set(numbers)].sort((a, b) => a - b);
  const [from, to] = [forth(distinct[0]!), forth(distinct.at(-1)!)];
  const at = (value: number): number => (to === from ? 0.5 : (forth(value) - from) / (to - from));
  const few = distinct.length <= 6;
  const marks = few ? distinct : [0, 0.25, 0.5, 0.75, 1].map((share) => back(from + share * (to - from)));
  return {
    at: (value) => at(value as number),
    ticks: marks.map((value) => ({
      at: at(value),
      text: shownNumber(few ? value : Number(value.toPrecision(3))),
    })),
  };
}

function categories(values: readonly Plain[]): Scale {
  const texts = [...new Set(values.map(shownValue))].sort();
  const at = (text: string): number => (texts.length < 2 ? 0.5 : texts.indexOf(text) / (texts.length - 1));
  const every = Math.ceil(texts.length / mostLabels);
  return {
    at: (value) => at(shownValue(value)),
    ticks: texts.filter((_, index) => index % every === 0).map((text) => ({ at: at(text), text })),
  };
}

function shortened(text: string): string {
  return text.length > 16 ? `${text.slice(0, 15)}…` : text;
}

/** From violet over green to yellow: lighter is better, also for who does not tell red from green. */
const stops = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [235, 200, 30],
] as const;

function colorOf(quality: number): string {
  const position = Math.min(1, Math.max(0, quality)) * (stops.length - 1);
  const below = Math.min(Math.floor(position), stops.length - 2);
  const channel = (index: 0 | 1 | 2): number => {
    const [a, b] = [stops[below]![index], stops[below + 1]![index]];
    return Math.round(a + (b - a) * (position - below));
  };
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}
