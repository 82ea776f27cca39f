/** Tools on the picture: what is shown, compared and drawn over it. */
import { useSignal } from '@preact/signals';
import { Button, Choice } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { levelled } from './cameraPose.ts';
import { CropSettings } from './cropSettings.tsx';
import { ViewHelp } from './viewHelp.tsx';
import { ViewSettings } from './viewSettings.tsx';
import { type Comparison, comparisons, moveView, resetView } from './viewState.ts';

const comparisonNames: Readonly<Record<Comparison, string>> = {
  off: 'render',
  slider: 'render | photo',
  photo: 'photo',
  difference: 'difference',
};

export function ViewTools() {
  const { store, view } = useStudio();
  const open = useSignal<'settings' | 'crop' | 'help' | undefined>(undefined);
  const toggle = (which: 'settings' | 'crop' | 'help') => () => {
    open.value = open.value === which ? undefined : which;
  };
  const outputs = store.hello.value?.outputs ?? ['rgb'];
  return (
    <div class="tools">
      <div class="row">
        <Choice
          label="Show"
          value={view.output.value}
          options={outputs.map((name) => [name, name])}
          onChange={(name) => {
            view.output.value = name;
            view.range.value = undefined;
          }}
        />
        <Choice
          label="beside"
          value={view.secondOutput.value}
          options={[['', 'nothing'], ...outputs.map((name) => [name, name] as const)]}
          onChange={(name) => {
            view.secondOutput.value = name;
            if (name) view.comparison.value = 'off';
          }}
        />
        {view.snapped.value && (
          <Choice
            label="Compare"
            value={view.comparison.value}
            options={comparisons.map((name) => [name, comparisonNames[name]])}
            onChange={(name) => {
              view.comparison.value = name;
              if (name !== 'off') view.secondOutput.value = '';
            }}
          />
        )}
      </div>
      <div class="row">
        <Button label="Back to the start (R)" icon="home" iconOnly onClick={() => resetView(view)} />
        <Button
          label="Level the horizon (L)"
          icon="level"
          iconOnly
          onClick={() => moveView(view, levelled)}
        />
        <Button
          label="Cameras of the photos (C)"
          icon="cameras"
          iconOnly
          isPressed={view.showsCameras.value}
          onClick={() => {
            view.showsCameras.value = !view.showsCameras.value;
          }}
        />
        <Button
          label="Crop box"
          icon="crop"
          iconOnly
          isPressed={open.value === 'crop' || view.crop.value?.isOn === true}
          onClick={toggle('crop')}
        />
        <Button
          label="Settings of the view"
          icon="settings"
          iconOnly
          isPressed={open.value === 'settings'}
          onClick={toggle('settings')}
        />
        <Button
          label="Keys and mouse"
          icon="help"
          iconOnly
          isPressed={open.value === 'help'}
          onClick={toggle('help')}
        />
      </div>
      {open.value === 'settings' && <ViewSettings />}
      {open.value === 'crop' && <CropSettings />}
      {open.value === 'help' && <ViewHelp />}
    </div>
  );
}
