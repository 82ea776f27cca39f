/** The factor on each parameter group's scheduled learning rate, from a sixteenth to sixteen times. */
import { useSignal } from '@preact/signals';
import { Section, Slider } from '../controls/controls.tsx';
import { shownNumber } from '../formats.ts';
import { useStudio } from '../studio.ts';

export function LearningRates() {
  const { store } = useStudio();
  const groups = store.hello.value?.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <Section title="Learning rates">
      {groups.map((group) => (
        <Group key={group} group={group} />
      ))}
    </Section>
  );
}

function Group({ group }: { readonly group: string }) {
  const { store, perform } = useStudio();
  /** Two to this power is the factor. */
  const power = useSignal(0);
  const rate = store.status.value?.learningRates[group];
  const canSteer = store.hello.value?.commands.includes('setLearningRate') ?? false;
  const factor = 2 ** power.value;
  return (
    <div class="row rate">
      <Slider
        label={group}
        {...{ min: -4, max: 4, step: 0.25 }}
        value={power.value}
        shown={`× ${shownNumber(factor, 3)}`}
        isDisabled={!canSteer || store.connection.value !== 'open'}
        onInput={(value) => {
          power.value = value;
        }}
        onChange={(value) => void perform({ type: 'trainer.setLearningRate', group, factor: 2 ** value })}
      />
      <span class="mono quiet" title="Learning rate at present">
        {rate === undefined ? '' : rate.toExponential(1)}
      </span>
    </div>
  );
}
