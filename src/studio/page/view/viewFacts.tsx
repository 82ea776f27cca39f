/** What the picture is: of which step, how long it took, whether it is old; and what its colours mean. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StatusMessage } from '../../protocol.ts';
import type { ConnectionState } from '../connection.ts';
import { shownNumber } from '../formats.ts';
import { useStudio } from '../studio.ts';
import type { ViewState } from './viewState.ts';

export function ViewFacts() {
  const { store, view } = useStudio();
  const now = useNow(400);
  const picture = view.picture.value;
  if (!picture) return null;
  const waited = view.waitingSince.value === undefined ? 0 : now - view.waitingSince.value;
  const old = whyOld(picture.step, store.status.value, store.connection.value, waited);
  return (
    <>
      <div class="facts-line number" data-step={picture.step}>
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

/**
 * Why what is shown is not how things are now, in a few words; undefined if it is.
 * @param waitedMs since the camera moved, without a picture
 */
export function whyOld(
  step: number,
  status: Pick<StatusMessage, 'step' | 'stepsPerSecond'> | undefined,
  connection: ConnectionState,
  waitedMs: number,
): string | undefined {
  if (connection !== 'open') return 'old: connection lost';
  if (waitedMs > 1000) return 'old: the camera has moved on';
  const behind = (status?.step ?? step) - step;
  if (behind > Math.max(1, 3 * (status?.stepsPerSecond ?? 0)))
    return `old: ${shownNumber(behind)} steps behind`;
  return undefined;
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
