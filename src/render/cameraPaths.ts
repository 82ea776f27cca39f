/** Cameras that move through a scene: around what its photos look at, in a spiral before it, or from photo to photo. */
import type { Camera } from '../data/cameras/camera.ts';
import { resizeCamera } from '../data/cameras/resizeCamera.ts';
import { focusOfAttention } from '../data/poses/focusOfAttention.ts';
import { anyAcross, lookAt } from '../data/poses/lookAt.ts';
import { quaternionOf } from '../data/poses/quaternionOf.ts';
import { rotationOf } from '../data/poses/rotationOf.ts';
import { addScaled, columnOf, cross, dot, mean, normalize, type Vector3 } from '../data/vector3.ts';

/** Turns of a spiral, its radius as a share of the distance to what it looks at, and how much less it moves forth and back. */
const spiral = { turns: 2, radius: 0.15, depth: 0.5 };

/**
 * A circle around what the views look at, as high above it and as far from it as most of them, looking at it. Begins at the first view's side.
 * @param views of the data set; at least one. Their pinholes are taken, without the lens
 * @param frames how many cameras; the one after the last would be the first
 */
export function orbitPath(views: readonly Camera[], frames: number): Camera[] {
  const { focus, up } = outlookOf(views);
  const offsets = views.map(({ cameraToWorld }) => addScaled(columnOf(cameraToWorld, 3), focus, -1));
  const height = median(offsets.map((offset) => dot(offset, up)));
  const sideways = offsets.map((offset) => addScaled(offset, up, -dot(offset, up)));
  const distances = sideways.map((offset) => Math.hypot(...offset));
  const radius = median(distances) || Math.abs(height) || 1;
  const first = sideways.find((_, index) => distances[index]! > 1e-6 * radius) ?? anyAcross(up);
  const begin = normalize(first);
  const aside = cross(up, begin);
  return Array.from({ length: frames }, (_, frame) => {
    const angle = (2 * Math.PI * frame) / frames;
    const around = addScaled(scaled(begin, radius * Math.cos(angle)), aside, radius * Math.sin(angle));
    const position = addScaled(addScaled(focus, around, 1), up, height);
    return { ...pinholeOf(views[0]!), cameraToWorld: lookAt(position, focus, up) };
  });
}

/** Two turns before the view in the middle of all, looking at what they look at: shows depth. @param views as for {@link orbitPath} */
export function spiralPath(views: readonly Camera[], frames: number): Camera[] {
  const { focus, up, center } = outlookOf(views);
  const middle = nearest(views, center);
  const [right, above, back, position] = ([0, 1, 2, 3] as const).map((column) =>
    columnOf(middle.cameraToWorld, column),
  ) as [Vector3, Vector3, Vector3, Vector3];
  const distance = Math.hypot(...addScaled(focus, position, -1));
  // Cameras that look at nothing together still look ahead.
  const target = distance > 1e-6 ? focus : addScaled(position, back, -1);
  const radius = spiral.radius * (distance || 1);
  return Array.from({ length: frames }, (_, frame) => {
    const angle = (2 * Math.PI * spiral.turns * frame) / frames;
    const across = addScaled(scaled(right, radius * Math.cos(angle)), above, radius * Math.sin(angle));
    const forth = spiral.depth * radius * Math.sin(angle / spiral.turns);
    const moved = addScaled(addScaled(position, across, 1), back, forth);
    return { ...pinholeOf(middle), cameraToWorld: lookAt(moved, target, up) };
  });
}

/**
 * From view to view, each followed by the nearest one that has not been passed, beginning with the first: positions on straight lines, rotations
 * on the shortest way (slerp), pinholes in between.
 * @param views as for {@link orbitPath}
 * @param frames how many cameras, evenly spaced; the last one is the last view
 */
export function interpolatedPath(views: readonly Camera[], frames: number): Camera[] {
  const ordered = orderedByNearness(views);
  const { width, height } = ordered[0]!;
  const pinholes = ordered.map((view) => resizeCamera(pinholeOf(view), width, height));
  return Array.from({ length: frames }, (_, frame) => {
    const place = frames > 1 ? (frame * (pinholes.length - 1)) / (frames - 1) : 0;
    const index = Math.min(Math.floor(place), Math.max(0, pinholes.length - 2));
    return between(pinholes[index]!, pinholes[Math.min(index + 1, pinholes.length - 1)]!, place - index);
  });
}

/** The views, each followed by the nearest of those that are left. Source: nerfstudio 1.1.5 `get_ordered_poses_and_k`. */
export function orderedByNearness<View extends Pick<Camera, 'cameraToWorld'>>(
  views: readonly View[],
): View[] {
  const left = [...views];
  const ordered: View[] = left.splice(0, 1);
  while (left.length > 0) {
    const next = nearest(left, columnOf(ordered.at(-1)!.cameraToWorld, 3));
    ordered.push(...left.splice(left.indexOf(next), 1));
  }
  return ordered;
}

/**
 * The camera for a picture of another size. Its field of view from top to bottom stays; the picture shows more or less to the sides where its
 * shape is another one.
 */
export function withSize<C extends Camera>(camera: C, width: number, height: number): C {
  const factor = height / camera.height;
  const { fx, fy, cx, cy } = camera;
  const [x, y] = [width / 2 + (cx - camera.width / 2) * factor, cy * factor];
  return { ...camera, width, height, fx: fx * factor, fy: fy * factor, cx: x, cy: y };
}

/** What the views look at, what is up for them, and where they are on average. */
function outlookOf(views: readonly Camera[]): { focus: Vector3; up: Vector3; center: Vector3 } {
  const poses = views.map(({ cameraToWorld }) => cameraToWorld);
  const center = mean(poses.map((pose) => columnOf(pose, 3)));
  const ups = mean(poses.map((pose) => columnOf(pose, 1)));
  // Cameras turned in every way have no up in common: models stand on z.
  const up: Vector3 = Math.hypot(...ups) > 0.1 ? normalize(ups) : [0, 0, 1];
  return { focus: focusOfAttention(poses, center), up, center };
}

/** The camera without its lens. */
function pinholeOf({ width, height, fx, fy, cx, cy, cameraToWorld }: Camera): Camera {
  return { model: 'OPENCV', width, height, fx, fy, cx, cy, cameraToWorld };
}

function nearest<View extends Pick<Camera, 'cameraToWorld'>>(views: readonly View[], to: Vector3): View {
  const distance = ({ cameraToWorld }: View) => Math.hypot(...addScaled(columnOf(cameraToWorld, 3), to, -1));
  return views.reduce((best, view) => (distance(view) < distance(best) ? view : best));
}

/** @param share of the way from `a` to `b`: 0..1 */
function between(a: Camera, b: Camera, share: number): Camera {
  const mix = (from: number, to: number) => from + share * (to - from);
  const rotation = rotationOf(slerp(turnOf(a), turnOf(b), share));
  const [from, to] = [columnOf(a.cameraToWorld, 3), columnOf(b.cameraToWorld, 3)];
  const cameraToWorld = [0, 1, 2].flatMap((row) => [
    ...rotation.slice(row * 3, row * 3 + 3),
    mix(from[row]!, to[row]!),
  ]);
  return {
    ...a,
    cameraToWorld,
    fx: mix(a.fx, b.fx),
    fy: mix(a.fy, b.fy),
    cx: mix(a.cx, b.cx),
    cy: mix(a.cy, b.cy),
  };
}

function turnOf({ cameraToWorld: m }: Camera): number[] {
  return quaternionOf([0, 1, 2].flatMap((row) => m.slice(row * 4, row * 4 + 3)));
}

type Quaternion = [number, number, number, number];

/** Unit quaternions (w, x, y, z); the shorter way (Shoemake 1985). */
function slerp(a: readonly number[], b: readonly number[], share: number): Quaternion {
  const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  const sign = product < 0 ? -1 : 1;
  const angle = Math.acos(Math.min(1, Math.abs(product)));
  const weight = (part: number) => (angle < 1e-9 ? part : Math.sin(part * angle) / Math.sin(angle));
  return a.map((value, k) => weight(1 - share) * value + sign * weight(share) * b[k]!) as Quaternion;
}

function scaled(a: Vector3, factor: number): Vector3 {
  return addScaled([0, 0, 0], a, factor);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
