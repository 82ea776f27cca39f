/** Every scalar of the run as a curve, live; other runs over it. */
import { type Signal, useComputed, useSignal } from '@preact/signals';
import { Check, Choice, SearchField, Section, Slider } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { Chart } from './chart.tsx';
import { groupsOf } from './groupsOf.ts';
import type { ChartLook } from './lineChart.ts';
import { OtherRuns, type OtherRunsShown } from './otherRuns.tsx';

export function CurvesPanel() {
  const { scalars } = useStudio().store;
  const sought = useSignal('');
  const smoothing = useSignal(0.6);
  const isLogarithmic = useSignal(false);
  const axis = useSignal<ChartLook['axis']>('step');
  const others = useSignal<OtherRunsShown>(new Map());
  // New values are drawn by the charts; the panel changes when a tag comes.
  const known = useComputed(() => (scalars.version.value >= 0 ? scalars.tags.join('\n') : ''));
  const tags = (known.value === '' ? [] : known.value.split('\n')).filter((tag) =>
    tag.includes(sought.value.toLowerCase()),
  );
  const look = useComputed((): ChartLook => ({ isLogarithmic: isLogarithmic.value, axis: axis.value }));
  const groups = groupsOf(tags);
  return (
    <>
      <div class="row">
        <SearchField label="Search curves" sought={sought} />
        <Choice
          label="Over"
          value={axis.value}
          options={[
            ['step', 'steps'],
            ['time', 'time'],
          ]}
          onChange={(value) => {
            axis.value = value;
          }}
        />
        <Check
          label="Log scale"
          isChecked={isLogarithmic.value}
          onChange={(value) => {
            isLogarithmic.value = value;
          }}
        />
      </div>
      <Slider
        label="Smoothing"
        {...{ min: 0, max: 0.99, step: 0.01 }}
        value={smoothing.value}
        shown={smoothing.value.toFixed(2)}
        onInput={(value) => {
          smoothing.value = value;
        }}
      />
      <OtherRuns shown={others} />
      {tags.length === 0 && (
        <p class="quiet">{sought.value ? 'No curve has that name.' : 'No values yet.'}</p>
      )}
      {[...groups].map(([group, members], index) => (
        <Group
          key={group}
          name={group}
          tags={members}
          isOpen={index < 2 || sought.value !== ''}
          look={look.value}
          smoothing={smoothing.value}
          others={others}
        />
      ))}
    </>
  );
}

interface GroupProps {
  readonly name: string;
  readonly tags: readonly string[];
  readonly isOpen: boolean;
  readonly look: ChartLook;
  readonly smoothing: number;
  readonly others: Signal<OtherRunsShown>;
}

function Group({ name, tags, isOpen, look, smoothing, others }: GroupProps) {
  const chosen = useSignal<boolean | undefined>(undefined);
  const shows = chosen.value ?? isOpen;
  return (
    <Section
      title={name}
      aside={
        <button
          type="button"
          class="button small"
          aria-expanded={shows}
          aria-label={shows ? `Hide ${name}` : `Show ${tags.length} of ${name}`}
          onClick={() => {
            chosen.value = !shows;
          }}
        >
          {shows ? 'Hide' : `Show ${tags.length}`}
        </button>
      }
    >
      {shows && tags.map((tag) => <Chart key={tag} {...{ tag, look, smoothing }} others={others.value} />)}
    </Section>
  );
}
