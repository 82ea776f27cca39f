/** How long things are that lie in the middle of the picture, in the data set's units. */
import { shownNumber } from '../formats.ts';
import { useStudio } from '../studio.ts';
import { measures, scaleBar } from './measures.ts';

const mostPixels = 120;

export function ScaleBar() {
  const { store, view } = useStudio();
  const scene = store.hello.value?.scene;
  if (!view.showsAxes.value || !scene) return null;
  const { distance } = view.pose.value;
  const place = { distance, fieldOfView: view.fieldOfView.value, height: view.size.value.height };
  const { length, pixels } = scaleBar(scene, place, mostPixels);
  const { gridStep } = measures(scene, view.outlook.value, view.up.value, '');
  const whose = scene.worldToModel ? 'units of the data set' : 'units of the model';
  return (
    <div class="scale number">
      <span class="bar" style={{ width: `${pixels}px` }} aria-hidden="true" />
      <span>
        {shownNumber(length)} {whose} in the middle; grid: {shownNumber(gridStep)}
      </span>
    </div>
  );
}
