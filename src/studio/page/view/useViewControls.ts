/** Pointers and keys on the picture, as moves of the visitor's camera. */
import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { columnOf } from '../../../data/vector3.ts';
import { type Studio, useStudio } from '../studio.ts';
import { levelled } from './cameraPose.ts';
import { flown, isFlyKey } from './flyKeys.ts';
import type { Hovered } from './hoveredCamera.tsx';
import { attachPointerControls } from './pointerControls.ts';
import { nearestPointAt } from './projection.ts';
import { moveView, resetView, type Snapped, snapTo, splits } from './viewState.ts';

/** So near to a camera's place (pixels) a click takes it. */
const reach = 18;
/** A key that is only tapped counts as held for so long. */
const tapSeconds = 0.03;

/** @param hovered is told the camera under the pointer */
export function useViewControls(
  stage: RefObject<HTMLElement | null>,
  hovered: Signal<Hovered | undefined>,
): void {
  const studio = useStudio();
  useEffect(() => {
    const element = stage.current!;
    const detachPointer = attachPointerControls(element, {
      onMove: (change) => moveView(studio.view, change),
      onClick(x, y) {
        const scene = studio.store.hello.value?.scene;
        const camera = cameraAt(studio, x, y);
        if (scene && camera) snapTo(studio.view, scene, camera);
      },
      fieldOfView: () => studio.view.fieldOfView.value,
    });
    const hover = ({ clientX, clientY, buttons }: PointerEvent) => {
      const { left, top } = element.getBoundingClientRect();
      const [x, y] = [clientX - left, clientY - top];
      const camera = buttons === 0 ? cameraAt(studio, x, y) : undefined;
      hovered.value = camera && { camera, x, y };
      element.style.cursor = camera ? 'pointer' : '';
    };
    const unhover = () => {
      hovered.value = undefined;
    };
    element.addEventListener('pointerleave', unhover);
    element.addEventListener('pointermove', hover);
    const detachKeys = attachFlyKeys(element, studio);
    return () => {
      detachPointer();
      element.removeEventListener('pointermove', hover);
      element.removeEventListener('pointerleave', unhover);
      detachKeys();
    };
  }, [studio, stage, hovered]);
}

/** The camera of the data set whose place is drawn there. */
function cameraAt({ store, view }: Studio, x: number, y: number): Snapped | undefined {
  const scene = store.hello.value?.scene;
  if (!scene || !view.showsCameras.value) return undefined;
  const all = splits.flatMap((split) => scene[split].map(({ camera }, index) => ({ split, index, camera })));
  const viewport = {
    cameraToWorld: view.pose.value.cameraToWorld,
    fieldOfView: view.fieldOfView.value,
    ...view.size.value,
  };
  const places = all.map(({ camera }) => columnOf(camera.cameraToWorld, 3));
  const nearest = nearestPointAt(places, viewport, [x, y], reach);
  return nearest === undefined ? undefined : all[nearest];
}

/** Keys that are held move the camera from one drawing of the screen to the next. */
function attachFlyKeys(element: HTMLElement, { view }: Studio): () => void {
  const held = new Set<string>();
  let isFast = false;
  let before = 0;
  let frame = 0;
  const fly = (seconds: number) => moveView(view, (pose, up) => flown(pose, up, held, seconds, isFast));
  const tick = (now: number) => {
    // A page that was not drawn for a while does not leap.
    if (held.size > 0) fly(Math.min(0.1, (now - before) / 1000));
    before = now;
    frame = held.size > 0 ? requestAnimationFrame(tick) : 0;
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    isFast = event.shiftKey;
    if (isFlyKey(event.code)) {
      event.preventDefault();
      held.add(event.code);
      if (frame !== 0) return;
      // A tap, too, has an effect, and it has it at once.
      fly(tapSeconds);
      before = performance.now();
      frame = requestAnimationFrame(tick);
    } else if (event.code === 'KeyR') resetView(view);
    else if (event.code === 'KeyL') moveView(view, levelled);
    else if (event.code === 'KeyC') view.showsCameras.value = !view.showsCameras.value;
  };
  const release = (event: KeyboardEvent) => {
    isFast = event.shiftKey;
    held.delete(event.code);
  };
  const leave = () => held.clear();
  element.addEventListener('keydown', press);
  element.addEventListener('keyup', release);
  element.addEventListener('blur', leave);
  return () => {
    cancelAnimationFrame(frame);
    element.removeEventListener('keydown', press);
    element.removeEventListener('keyup', release);
    element.removeEventListener('blur', leave);
  };
}
