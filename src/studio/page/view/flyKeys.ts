/** Flying by keyboard: which keys are held, and how far they bring the camera in a span of time. */
import type { Vector3 } from '../../../data/vector3.ts';
import { dolly, lookAround, move, type ViewPose } from './cameraPose.ts';

/** Shares of the distance to the pivot, and radians, in a second. */
const speed = { move: 0.8, turn: 1.1, zoom: 1.5 };

/** Places of keys (`KeyboardEvent.code`), so that they lie under the same fingers on every keyboard. */
const moves: Readonly<Record<string, readonly [right: number, above: number, ahead: number]>> = {
  KeyW: [0, 0, 1],
  KeyS: [0, 0, -1],
  KeyA: [-1, 0, 0],
  KeyD: [1, 0, 0],
  KeyQ: [0, -1, 0],
  KeyE: [0, 1, 0],
};
const turns: Readonly<Record<string, readonly [yaw: number, pitch: number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};
const zooms: Readonly<Record<string, number>> = { Equal: -1, NumpadAdd: -1, Minus: 1, NumpadSubtract: 1 };

/** Whether a key moves the camera while it is held. */
export function isFlyKey(code: string): boolean {
  return code in moves || code in turns || code in zooms;
}

/**
 * The camera after some time with keys held.
 * @param isFast three times as fast
 */
export function flown(
  pose: ViewPose,
  up: Vector3,
  held: ReadonlySet<string>,
  seconds: number,
  isFast: boolean,
): ViewPose {
  const pace = (isFast ? 3 : 1) * seconds;
  let moved = pose;
  for (const code of held) {
    const [right, above, ahead] = moves[code] ?? [0, 0, 0];
    const [yaw, pitch] = turns[code] ?? [0, 0];
    const reach = speed.move * pace;
    if (code in moves) moved = move(moved, right * reach, above * reach, ahead * reach);
    if (code in turns) moved = lookAround(moved, up, yaw * speed.turn * pace, pitch * speed.turn * pace);
    if (code in zooms) moved = dolly(moved, Math.exp(zooms[code]! * speed.zoom * pace));
  }
  return moved;
}
