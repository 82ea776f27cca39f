/** What the picture is: of which step, how long it took, whether it is old; and what its colours mean. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { shownNumber } from '../formats.ts';
import { useStudio } from '../studio.ts';
import type { ViewState } from './viewState.ts';
import { whyOld } from './whyOld.ts';

export function ViewFacts() {
  const { store, view } = useStudio();
  const now = useNow(400);
  const picture = view.picture.value;
  if (!picture) return null;
  const waited = view.waitingSince.value === undefined ? 0 : now - view.waitingSince.value;
  const old = whyOld(picture.step, store.status.value, store.connection.value, waited);
  return (
    <>
      <div class="facts-line number" data-step={picture.step} data-serial={picture.serial}>
        {old && <strong class="old">{old}</strong>}
        <span>step {shownNumber(picture.step)}</span>
        <span>{picture.milliseconds.toFixed(0)} ms</span>
        <span>
          {picture.width} × {picture.height}
          {picture.isSharp ? '' : ' (coarse)'}
        </span>
      </div>
      <div class="legends number">
        {Object.entries(view.ranges.value).map(([name, range]) => (
          <Legend key={name} name={name} range={range} view={view} />
        ))}
      </div>
    </>
  );
}

interface LegendProps {
  readonly name: string;
  readonly range: readonly [number, number];
  readonly view: ViewState;
}

function Legend({ name, range: [least, greatest], view }: LegendProps) {
  const { range } = view;
  const isHeld = range.value !== undefined;
  return (
    <div class="legend">
      <span>{name}</span>
      <span>{shownNumber(least, 3)}</span>
      <span class={`ramp ${view.colorMap.value}`} aria-hidden="true" />
      <span>{shownNumber(greatest, 3)}</span>
      <button
        type="button"
        class="button small"
        aria-pressed={isHeld}
        title="Keep these colours for this range while you move"
        onClick={() => {
          range.value = isHeld ? undefined : [least, greatest];
        }}
      >
        Hold
      </button>
    </div>
  );
}

/** Milliseconds of `performance.now`, every so often. */
function useNow(everyMs: number): number {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now();
    }, everyMs);
    return () => clearInterval(timer);
  }, [now, everyMs]);
  return now.value;
}
