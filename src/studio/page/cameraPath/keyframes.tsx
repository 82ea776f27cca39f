/** The keyframes in their order: add the view as it is, go to one, move it, give it a field of view, remove it. */
import type { Signal } from '@preact/signals';
import { Button } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { standAt } from '../view/viewState.ts';
import type { Plan } from './plan.ts';
import type { Keyframe } from './spline.ts';

export function Keyframes({ plan }: { readonly plan: Signal<Plan> }) {
  const { view } = useStudio();
  const { keys } = plan.value;
  const set = (changed: readonly Keyframe[]) => {
    plan.value = { ...plan.value, keys: changed };
    if (changed.length === 0) view.path.value = [];
  };
  const moved = (from: number, to: number) => set(keys.toSpliced(from, 1).toSpliced(to, 0, keys[from]!));
  const goTo = ({ cameraToWorld, fieldOfView }: Keyframe) =>
    standAt(view, { ...view.pose.value, cameraToWorld }, fieldOfView);
  return (
    <>
      {keys.length === 0 && (
        <p class="quiet">
          Fly to where the path is to pass, and add the view as a keyframe; then the next one.
        </p>
      )}
      <ol class="keyframes">
        {keys.map((key, index) => (
          <li key={`${index} of ${keys.length}`} class="row">
            <span class="grow">
              <Button label={`Key ${index + 1}`} look="small" hint="Go there" onClick={() => goTo(key)} />
            </span>
            <label class="field">
              <span class="visually-hidden">Field of view of key {index + 1}, degrees</span>
              <input
                type="number"
                min={5}
                max={140}
                step={1}
                value={Math.round(key.fieldOfView)}
                onChange={({ currentTarget: { valueAsNumber } }) => {
                  if (valueAsNumber >= 5 && valueAsNumber <= 140)
                    set(keys.with(index, { ...key, fieldOfView: valueAsNumber }));
                }}
              />
              °
            </label>
            <Button
              label={`Key ${index + 1} earlier`}
              icon="up"
              iconOnly
              look="small"
              isDisabled={index === 0}
              onClick={() => moved(index, index - 1)}
            />
            <Button
              label={`Key ${index + 1} later`}
              icon="down"
              iconOnly
              look="small"
              isDisabled={index === keys.length - 1}
              onClick={() => moved(index, index + 1)}
            />
            <Button
              label={`Remove key ${index + 1}`}
              icon="close"
              iconOnly
              look="small"
              onClick={() => set(keys.toSpliced(index, 1))}
            />
          </li>
        ))}
      </ol>
      <Button
        label="Add the view as a keyframe"
        icon="add"
        look="primary"
        onClick={() =>
          set([
            ...keys,
            { cameraToWorld: view.pose.value.cameraToWorld, fieldOfView: view.fieldOfView.value },
          ])
        }
      />
    </>
  );
}
