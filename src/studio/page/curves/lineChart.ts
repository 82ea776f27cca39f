/** One chart of lines over steps or time: draws what the pixels can show of them, zooms by dragging, tells the exact values under the pointer. */
import uPlot from 'uplot';
import { resolvedColor } from '../controls/resolvedColor.ts';
import { firstAtLeast, type Line } from './decimate.ts';
import { tabulate } from './tabulate.ts';

export interface ChartLine extends Line {
  readonly label: string;
  /** A custom property of the style sheet: `--accent`. */
  readonly color: string;
  /** Drawn faintly, behind the others. */
  readonly isFaint?: boolean;
}

export interface ChartLook {
  readonly isLogarithmic: boolean;
  /** The x of the lines: steps, or seconds since 1970. */
  readonly axis: 'step' | 'time';
}

/** What lies under the pointer: of each line the point that is nearest in x. */
export type Readout = readonly { readonly label: string; readonly x: number; readonly y: number }[];

interface ChartOptions {
  readonly onReadout: (readout: Readout | undefined) => void;
  /** Charts of the same key show one pointer. */
  readonly syncKey: string;
  readonly height: number;
}

export class LineChart {
  readonly #host: HTMLElement;
  readonly #options: ChartOptions;
  readonly #watcher: ResizeObserver;
  #plot: uPlot | undefined;
  #key = '';
  #lines: readonly ChartLine[] = [];
  /** Part of x that is shown, where the visitor chose one. */
  #range: readonly [number, number] | undefined;

  constructor(host: HTMLElement, options: ChartOptions) {
    this.#host = host;
    this.#options = options;
    this.#watcher = new ResizeObserver(() => this.#resize());
    this.#watcher.observe(host);
  }

  /** Draws the lines; cheap enough to be called for every change. */
  show(lines: readonly ChartLine[], look: ChartLook): void {
    this.#lines = lines;
    const shape = lines.map(({ label, color, isFaint }) => [label, color, isFaint]);
    const key = JSON.stringify([shape, look]);
    if (key !== this.#key) {
      this.#plot?.destroy();
      this.#key = key;
      this.#range = undefined;
      this.#plot = new uPlot(this.#optionsOf(look), [[], ...lines.map(() => [])], this.#host);
    }
    this.#draw();
  }

  /** All of x again. */
  resetZoom(): void {
    this.#range = undefined;
    this.#draw();
  }

  /** The picture as it stands, with its title on it. Undefined before anything was shown. */
  toCanvas(title: string): HTMLCanvasElement | undefined {
    const source = this.#plot?.ctx.canvas;
    if (!source) return undefined;
    const head = 28 * devicePixelRatio;
    const canvas = document.createElement('canvas');
    canvas.width = source.width;
    canvas.height = source.height + head;
    const context = canvas.getContext('2d')!;
    context.fillStyle = resolvedColor(this.#host, '--surface');
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = resolvedColor(this.#host, '--text');
    context.font = `${14 * devicePixelRatio}px system-ui, sans-serif`;
    context.fillText(title, 8 * devicePixelRatio, head * 0.7);
    context.drawImage(source, 0, head);
    return canvas;
  }

  dispose(): void {
    this.#watcher.disconnect();
    this.#plot?.destroy();
  }

  #draw(): void {
    const plot = this.#plot;
    if (!plot) return;
    const [from, to] = this.#range ?? fullRange(this.#lines);
    const columns = Math.max(50, Math.round(plot.bbox.width || this.#host.clientWidth));
    const data = tabulate(this.#lines, from, to, columns);
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale('x', { min: from, max: to > from ? to : from + 1 });
    });
  }

  #resize(): void {
    const width = this.#host.clientWidth;
    if (!this.#plot || width === 0 || width === this.#plot.width) return;
    this.#plot.setSize({ width, height: this.#options.height });
    this.#draw();
  }

  #optionsOf({ isLogarithmic, axis }: ChartLook): uPlot.Options {
    const color = (name: string) => resolvedColor(this.#host, name);
    const [line, quiet] = [color('--line'), color('--quiet')];
    const grid = { stroke: line, width: 1 };
    const ticks = { show: false };
    const font = '11px system-ui, sans-serif';
    const shared = { stroke: quiet, grid, ticks, font };
    return {
      width: Math.max(120, this.#host.clientWidth),
      height: this.#options.height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: this.#options.syncKey, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => this.#onDoubleClick },
      },
      scales: {
        x: { time: axis === 'time', auto: false },
        y: isLogarithmic ? { distr: 3 } : {},
      },
      axes: [
        { ...shared, size: 26, space: 60 },
        { ...shared, size: 52, values: (_, values) => values.map(axisText) },
      ],
      series: [
        {},
        ...this.#lines.map(({ label, color: name, isFaint }) => ({
          label,
          stroke: isFaint ? faint(color(name)) : color(name),
          width: isFaint ? 1 : 1.6,
          spanGaps: true,
          points: { show: false },
        })),
      ],
      hooks: {
        setSelect: [(plot) => this.#zoom(plot)],
        setCursor: [(plot) => this.#tell(plot)],
      },
    };
  }

  readonly #onDoubleClick = (): null => {
    this.resetZoom();
    return null;
  };

  #zoom(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    this.#range = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#draw();
  }

  #tell(plot: uPlot): void {
    const left = plot.cursor.left ?? -1;
    const x = plot.posToVal(Math.max(0, left), 'x');
    const filled = this.#lines.filter(({ length }) => length > 0);
    const values = filled.map((line) => {
      const point = nearestPoint(line, x);
      return { label: line.label, x: line.xs[point]!, y: line.ys[point]! };
    });
    this.#options.onReadout(left < 0 ? undefined : values);
  }
}

/** The number of the point whose x is nearest; the line has one. */
function nearestPoint({ xs, length }: Line, x: number): number {
  const after = Math.min(length - 1, firstAtLeast(xs, length, x));
  const before = Math.max(0, after - 1);
  return x - xs[before]! < xs[after]! - x ? before : after;
}

function fullRange(lines: readonly Line[]): readonly [number, number] {
  const filled = lines.filter(({ length }) => length > 0);
  if (filled.length === 0) return [0, 1];
  return [
    Math.min(...filled.map(({ xs }) => xs[0]!)),
    Math.max(...filled.map(({ xs, length }) => xs[length - 1]!)),
  ];
}

function axisText(value: number | null): string {
  if (value === null) return '';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(0);
  return size >= 1e4 ? `${value / 1e3}k` : String(Number(value.toPrecision(4)));
}

/** @param color as `getComputedStyle` writes it: rgb(r, g, b) */
function faint(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.3)');
}
