/** All cameras of the data set with their photos, to stand into with a click or a key. */
import { useSignal } from '@preact/signals';
import { api } from '../../protocol.ts';
import { useStudio } from '../studio.ts';
import { type Split, snapTo, splits } from './viewState.ts';

const names: Readonly<Record<Split, string>> = { train: 'Training', eval: 'Held out' };

export function CameraStrip() {
  const { store, view, run } = useStudio();
  const scene = store.hello.value?.scene;
  const split = useSignal<Split>('eval');
  if (!view.showsCameras.value || !scene || run.value === undefined) return null;
  const name = run.value;
  return (
    <div class="strip">
      <fieldset class="splits">
        <legend class="visually-hidden">Which cameras</legend>
        {splits.map((each) => (
          <label key={each} data-split={each}>
            <input
              type="radio"
              name="split"
              checked={split.value === each}
              onChange={() => {
                split.value = each;
              }}
            />
            {names[each]} ({scene[each].length})
          </label>
        ))}
      </fieldset>
      <ul>
        {scene[split.value].map((camera, index) => {
          const isHere = view.snapped.value?.split === split.value && view.snapped.value.index === index;
          return (
            <li key={`${split.value} ${camera.name} ${index}`}>
              <button
                type="button"
                aria-pressed={isHere}
                title={camera.name}
                onClick={() => snapTo(view, scene, { split: split.value, index })}
              >
                <img
                  src={api.photo(name, split.value, index)}
                  alt={camera.name}
                  loading="lazy"
                  width={Math.round((56 * camera.camera.width) / camera.camera.height)}
                  height={56}
                />
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
