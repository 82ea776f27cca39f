/** Chooses runs of the same folder whose curves are drawn over this one's. */
import type { Signal } from '@preact/signals';
import { api, type RunEntry, type ScalarHistory } from '../../protocol.ts';
import { requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';
import { useAnswer } from '../useAnswer.ts';
import { seriesOf } from './scalarBoard.ts';
import type { Series } from './series.ts';

/** By name: its series by tag, and its colour, a custom property of the style sheet. */
export type OtherRunsShown = ReadonlyMap<
  string,
  { readonly series: Map<string, Series>; readonly color: string }
>;

const colors = ['--curve-1', '--curve-2', '--curve-3', '--curve-4'];

export function OtherRuns({ shown }: { readonly shown: Signal<OtherRunsShown> }) {
  const { store, run } = useStudio();
  const runs = useAnswer<readonly RunEntry[]>(api.runs, { isSilent: true });
  const others = (runs.value ?? []).filter(({ name }) => name !== run.value);
  if (others.length === 0) return null;
  const choose = async (name: string, isChosen: boolean) => {
    const history = isChosen ? await requestJson<ScalarHistory>(api.scalars(name)) : undefined;
    // Others may have been chosen while it came.
    const next = new Map(shown.value);
    next.delete(name);
    if (history) {
      const used = new Set([...next.values()].map(({ color }) => color));
      const color = colors.find((each) => !used.has(each)) ?? colors[0]!;
      next.set(name, { series: seriesOf(history), color });
    }
    shown.value = next;
  };
  return (
    <details>
      <summary>Other runs over this one{shown.value.size > 0 && ` (${shown.value.size})`}</summary>
      <ul class="choices">
        {others.map(({ name }) => (
          <li key={name}>
            <label class="field">
              <input
                type="checkbox"
                checked={shown.value.has(name)}
                onChange={({ currentTarget }) => {
                  choose(name, currentTarget.checked).catch((error: Error) =>
                    notify(store, error.message, true),
                  );
                }}
              />
              <span
                class="swatch"
                style={{ background: `var(${shown.value.get(name)?.color ?? '--line'})` }}
              />
              {name}
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}
