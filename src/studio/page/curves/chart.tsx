/** One curve with its values under the pointer, and what can be taken away of it. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from '../controls/controls.tsx';
import { download } from '../download.ts';
import { shownNumber } from '../formats.ts';
import { useStudio } from '../studio.ts';
import { encodeCsv } from './encodeCsv.ts';
import { type ChartLine, type ChartLook, LineChart, type Readout } from './lineChart.ts';
import type { OtherRunsShown } from './otherRuns.tsx';
import type { Series } from './series.ts';
import { Smoothed } from './smoothed.ts';

const height = 150;

interface ChartProps {
  readonly tag: string;
  readonly look: ChartLook;
  /** 0: the values as they are, to below 1. */
  readonly smoothing: number;
  readonly others: OtherRunsShown;
}

export function Chart({ tag, look, smoothing, others }: ChartProps) {
  const { store, run } = useStudio();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<LineChart>(undefined);
  const smoothedOf = useRef(new WeakMap<Series, Smoothed>());
  const readout = useSignal<Readout | undefined>(undefined);
  const isVisible = useSignal(false);
  /** What the chart shows, for the effect below, which does not run for changes of properties. */
  const props = useSignal({ look, smoothing, others });
  if (props.peek().look !== look || props.peek().smoothing !== smoothing || props.peek().others !== others)
    props.value = { look, smoothing, others };

  useEffect(() => {
    const made = new LineChart(host.current!, {
      onReadout: (found) => {
        readout.value = found;
      },
      syncKey: 'curves',
      height,
    });
    chart.current = made;
    const watcher = new IntersectionObserver((entries) => {
      isVisible.value = entries.at(-1)!.isIntersecting;
    });
    watcher.observe(host.current!);
    return () => {
      watcher.disconnect();
      made.dispose();
    };
  }, [readout, isVisible]);
  useSignalEffect(() => {
    if (!isVisible.value) return;
    void store.scalars.version.value;
    const shown = props.value;
    const all = [
      ...[...shown.others].flatMap(([name, { series, color }]) =>
        linesOf(name, color, series.get(tag), shown, smoothedOf.current),
      ),
      ...linesOf(run.value ?? 'this run', '--accent', store.scalars.get(tag), shown, smoothedOf.current),
    ];
    chart.current?.show(all, shown.look);
  });

  void store.scalars.version.value;
  const series = store.scalars.get(tag);
  const last = series && series.length > 0 ? series.values[series.length - 1] : undefined;
  const name = tag.replaceAll('/', '-');
  return (
    <figure class="chart">
      <figcaption class="row">
        <span class="grow mono" title={tag}>
          {tag}
        </span>
        <span class="number">{shownNumber(last, 5)}</span>
        <Button
          label={`${tag} as PNG`}
          icon="download"
          iconOnly
          look="small"
          onClick={() => {
            chart.current?.toCanvas(tag)?.toBlob((content) => content && download(`${name}.png`, content));
          }}
        />
        <button
          type="button"
          class="button small"
          aria-label={`${tag} as CSV`}
          onClick={() =>
            series && download(`${name}.csv`, new Blob([encodeCsv(tag, series)], { type: 'text/csv' }))
          }
        >
          CSV
        </button>
      </figcaption>
      <div ref={host} class="plot" role="img" aria-label={`${tag}: ${shownNumber(last, 5)} at last`} />
      <p class="readout number">{readout.value?.map(readoutText(look)).join(' · ')}</p>
    </figure>
  );
}

function linesOf(
  label: string,
  color: string,
  series: Series | undefined,
  { look, smoothing }: Pick<ChartProps, 'look' | 'smoothing'>,
  smoothedOf: WeakMap<Series, Smoothed>,
): ChartLine[] {
  if (!series) return [];
  const xs = look.axis === 'step' ? series.steps : series.wallTimes;
  const { length, values, extremes } = series;
  const raw = { label, color, xs, ys: values, length, extremes, isFaint: smoothing > 0 };
  if (smoothing === 0) return [raw];
  const known = smoothedOf.get(series);
  const smoothed = known?.weight === smoothing ? known : new Smoothed(series, smoothing);
  smoothedOf.set(series, smoothed);
  return [raw, { label: `${label}, smoothed`, color, xs, length, ...smoothed.read() }];
}

function readoutText({ axis }: ChartLook): (value: Readout[number]) => string {
  return ({ label, x, y }) => {
    const at = axis === 'step' ? `step ${shownNumber(x)}` : new Date(x * 1000).toLocaleTimeString('en-GB');
    return `${label} at ${at}: ${shownNumber(y, 6)}`;
  };
}
