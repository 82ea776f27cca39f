/** Seldom changed things of the view: field of view, colours, background, detail, which way is up. */
import type { Vector3 } from '../../../data/vector3.ts';
import { columnOf } from '../../../data/vector3.ts';
import { colorMaps } from '../../protocol.ts';
import { Check, Choice, Slider } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { levelled } from './cameraPose.ts';
import { moveView } from './viewState.ts';

const backgrounds = {
  run: undefined,
  black: [0, 0, 0],
  grey: [0.5, 0.5, 0.5],
  white: [1, 1, 1],
} as const;
type Background = keyof typeof backgrounds;

const axes = {
  '+x': [1, 0, 0],
  '+y': [0, 1, 0],
  '+z': [0, 0, 1],
  '-x': [-1, 0, 0],
  '-y': [0, -1, 0],
  '-z': [0, 0, -1],
} as const satisfies Record<string, Vector3>;
type UpChoice = keyof typeof axes | 'cameras' | 'view';

export function ViewSettings() {
  const { view } = useStudio();
  const fieldOfView = Math.round(view.fieldOfView.value);
  const background = (Object.keys(backgrounds) as Background[]).find(
    (name) => backgrounds[name]?.join() === view.background.value?.join(),
  );
  return (
    <section class="popover" aria-label="Settings of the view">
      <Slider
        label="Field of view"
        {...{ min: 5, max: 140, step: 1 }}
        value={fieldOfView}
        shown={`${fieldOfView}°`}
        onInput={(degrees) => {
          view.snapped.value = undefined;
          view.fieldOfView.value = degrees;
        }}
      />
      <Choice
        label="Colours of distances"
        value={view.colorMap.value}
        options={colorMaps.map((name) => [name, name])}
        onChange={(name) => {
          view.colorMap.value = name;
        }}
      />
      <Choice
        label="Background"
        value={background ?? 'run'}
        options={(Object.keys(backgrounds) as Background[]).map((name) => [
          name,
          name === 'run' ? "the run's" : name,
        ])}
        onChange={(name) => {
          view.background.value = backgrounds[name];
        }}
      />
      <Choice
        label="Detail"
        value={String(view.detail.value)}
        options={[
          ['1', 'full'],
          ['0.5', 'half: faster'],
          ['0.25', 'quarter: fastest'],
        ]}
        onChange={(share) => {
          view.detail.value = Number(share);
        }}
      />
      <UpChoiceField />
      <Check
        label="Axes (x red, y green, z blue), grid, scale"
        isChecked={view.showsAxes.value}
        onChange={(isShown) => {
          view.showsAxes.value = isShown;
        }}
      />
    </section>
  );
}

function UpChoiceField() {
  const { view } = useStudio();
  const up = view.up.value;
  const axis = (Object.keys(axes) as (keyof typeof axes)[]).find((name) => axes[name].join() === up.join());
  const isCameras = view.outlook.value.up.join() === up.join();
  return (
    <Choice<UpChoice>
      label="Up"
      value={isCameras ? 'cameras' : (axis ?? 'view')}
      options={[
        ['cameras', 'as the cameras have it'],
        ['view', 'as it is in the picture now'],
        ...(Object.keys(axes) as (keyof typeof axes)[]).map((name) => [name, name] as const),
      ]}
      onChange={(choice) => {
        if (choice === 'cameras') view.up.value = view.outlook.value.up;
        else if (choice === 'view') view.up.value = columnOf(view.pose.value.cameraToWorld, 1);
        else view.up.value = axes[choice];
        moveView(view, levelled);
      }}
    />
  );
}
