/** The six sides of the crop box, to drag with a mouse, a pen or a finger. Keys change the same numbers in the box's settings. */
import { useRef } from 'preact/hooks';
import { addScaled } from '../../../data/vector3.ts';
import { useStudio } from '../studio.ts';
import { type Crop, placementOf, sideLine, stepOf, tidy, withEdge } from './crop.ts';
import { pointedAlong, project } from './projection.ts';

/** As in a box: least x, y, z, then greatest x, y, z. */
const sides = [0, 1, 2, 3, 4, 5];
/** Handles of sides whose middle is out of sight wait at the picture's border, so far from it (pixels). */
const margin = 20;
/** The tools lie in the way, in two rows where the view is narrow. */
const topMargin = { wide: 64, narrow: 100 };
const narrow = 560;

export function CropHandles() {
  const { view } = useStudio();
  const crop = view.crop.value;
  if (!crop?.isOn) return null;
  return sides.map((edge) => <CropHandle key={edge} crop={crop} edge={edge} />);
}

function CropHandle({ crop, edge }: { readonly crop: Crop; readonly edge: number }) {
  const { store, view } = useStudio();
  /** What the side's number is ahead of where the pointer is: the side does not leap to it. */
  const ahead = useRef<number | undefined>(undefined);
  const scene = store.hello.value?.scene;
  const { cameraToWorld } = view.pose.value;
  const viewport = { cameraToWorld, fieldOfView: view.fieldOfView.value, ...view.size.value };
  const { from, along } = sideLine(scene, crop, edge);
  const place = project(addScaled(from, along, crop.box[edge]!), viewport);
  if (!place || pointedAlong(from, along, place, viewport) === undefined) return null;

  const valueAt = ({ currentTarget, clientX, clientY }: PointerEvent): number | undefined => {
    const { left, top } = (currentTarget as HTMLElement).parentElement!.getBoundingClientRect();
    return pointedAlong(from, along, [clientX - left, clientY - top], viewport);
  };
  const { width, height } = view.size.value;
  const top = width < narrow ? topMargin.narrow : topMargin.wide;
  const within = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));
  const left = within(place[0], margin, width - margin);
  const step = stepOf(view.outlook.value.radius * placementOf(scene, crop.frame).scale) / 10;
  const name = 'xyz'[edge % 3]!;
  return (
    <div
      class="crop-handle"
      aria-hidden="true"
      data-edge={edge}
      title={`${edge < 3 ? 'Least' : 'Greatest'} ${name}`}
      style={{ left: `${left}px`, top: `${within(place[1], top, height - margin)}px` }}
      onPointerDown={(event) => {
        // The view behind would turn.
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        const value = valueAt(event);
        ahead.current = value === undefined ? undefined : crop.box[edge]! - value;
      }}
      onPointerMove={(event) => {
        if (ahead.current === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const value = valueAt(event);
        if (value !== undefined)
          view.crop.value = withEdge(crop, edge, tidy(value + ahead.current, step), step);
      }}
    >
      {name}
    </div>
  );
}
