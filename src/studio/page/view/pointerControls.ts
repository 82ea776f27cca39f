/** Mouse, pen and fingers on the picture, as moves of the camera. */
import type { Vector3 } from '../../../data/vector3.ts';
import { dolly, move, orbit, type ViewPose } from './cameraPose.ts';

export interface PointerControlsOptions {
  /** Called for each move with what it does to the camera. */
  readonly onMove: (change: (pose: ViewPose, up: Vector3) => ViewPose) => void;
  /** A press that was no drag. Pixels from the top left corner of the element. */
  readonly onClick: (x: number, y: number) => void;
  /** From top to bottom, degrees: how far a shift by a pixel is. */
  readonly fieldOfView: () => number;
}

/** Radians for a drag across the element's height. */
const turnPerHeight = Math.PI;
/** A press that moves less than this (pixels) is a click. */
const clickReach = 4;

/**
 * Left drag or one finger: orbit. Right, middle or shift drag, or two fingers: shift. Wheel or pinch: nearer and farther.
 * @returns takes the controls off again
 */
export function attachPointerControls(element: HTMLElement, options: PointerControlsOptions): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let travelled = 0;

  const shift = (dx: number, dy: number) => {
    const reach = (2 * Math.tan((options.fieldOfView() * Math.PI) / 360)) / element.clientHeight;
    options.onMove((pose) => move(pose, -dx * reach, dy * reach, 0));
  };
  const turn = (dx: number, dy: number) => {
    const rate = turnPerHeight / element.clientHeight;
    options.onMove((pose, up) => orbit(pose, up, -dx * rate, -dy * rate));
  };
  const pinch = (moved: number, event: PointerEvent) => {
    const [a, b] = [...pointers.values()] as [{ x: number; y: number }, { x: number; y: number }];
    const other = pointers.get(event.pointerId) === a ? b : a;
    const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    if (moved > 0 && after > 0) options.onMove((pose) => dolly(pose, moved / after));
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };

  const listeners = {
    pointerdown(event: PointerEvent) {
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      if (pointers.size === 0) travelled = 0;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    pointermove(event: PointerEvent) {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
      travelled += Math.hypot(dx, dy);
      if (travelled < clickReach && event.pointerType !== 'touch') return;
      if (pointers.size === 2) {
        pinch(spread(), event);
        shift(dx / 2, dy / 2);
      } else if (event.shiftKey || (event.buttons & ~1) !== 0) shift(dx, dy);
      else turn(dx, dy);
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    pointerup(event: PointerEvent) {
      const { left, top } = element.getBoundingClientRect();
      if (pointers.delete(event.pointerId) && travelled < clickReach && event.button === 0)
        options.onClick(event.clientX - left, event.clientY - top);
    },
    pointercancel(event: PointerEvent) {
      pointers.delete(event.pointerId);
    },
    wheel(event: WheelEvent) {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const turned = Math.max(-200, Math.min(200, event.deltaY * lines));
      options.onMove((pose) => dolly(pose, Math.exp(turned * 0.002)));
    },
    contextmenu(event: Event) {
      event.preventDefault();
    },
  };
  const entries = Object.entries(listeners) as [string, EventListener][];
  for (const [name, listener] of entries) element.addEventListener(name, listener, { passive: false });
  return () => {
    for (const [name, listener] of entries) element.removeEventListener(name, listener);
  };
}
