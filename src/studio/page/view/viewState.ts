/** What the visitor looks at and how: signals that the picture, its tools and the camera path share. */
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { focusOfAttention } from '../../../data/poses/focusOfAttention.ts';
import { addScaled, columnOf, mean, normalize, type Vector3 } from '../../../data/vector3.ts';
import type { ColorMap, Picture, StudioCamera, StudioScene } from '../../protocol.ts';
import type { ViewPose } from './cameraPose.ts';
import type { Crop } from './crop.ts';
import { containedFieldOfView, type Size } from './lookCamera.ts';

export const splits = ['train', 'eval'] as const;
export type Split = (typeof splits)[number];

/** A camera of the data set that the visitor stands in. */
export interface Snapped {
  readonly split: Split;
  readonly index: number;
}

export const comparisons = ['off', 'slider', 'photo', 'difference'] as const;
export type Comparison = (typeof comparisons)[number];

/** Where a visit begins, and how large things are. */
export interface Outlook {
  readonly pose: ViewPose;
  /** The camera there; none before the scene is known. */
  readonly camera?: StudioCamera['camera'];
  readonly up: Vector3;
  /** What cameras look at, and how far from it most of them are. */
  readonly focus: Vector3;
  readonly radius: number;
}

export interface ViewState {
  /** Of the element that shows the picture. */
  readonly size: Signal<Size>;
  readonly pose: Signal<ViewPose>;
  /** Degrees from top to bottom. */
  readonly fieldOfView: Signal<number>;
  readonly up: Signal<Vector3>;
  readonly snapped: Signal<Snapped | undefined>;
  readonly comparison: Signal<Comparison>;
  readonly output: Signal<string>;
  /** Beside the first one; empty: none. */
  readonly secondOutput: Signal<string>;
  readonly colorMap: Signal<ColorMap>;
  /** Least and greatest value of colours; undefined: each picture's own. */
  readonly range: Signal<readonly [number, number] | undefined>;
  /** Red, green, blue, 0..1; undefined: the run's own. */
  readonly background: Signal<readonly [number, number, number] | undefined>;
  /** What alone is shown; undefined: nobody has thought of it. */
  readonly crop: Signal<Crop | undefined>;
  readonly showsCameras: Signal<boolean>;
  readonly showsAxes: Signal<boolean>;
  /** Of the pixels that the picture has on the screen, each side: 1, 0.5, 0.25. */
  readonly detail: Signal<number>;
  /** Where the two sides meet: 0..1 of the width. */
  readonly divide: Signal<number>;
  /** What was drawn last, without its pixels. */
  readonly picture: Signal<Omit<Picture, 'jpeg'> | undefined>;
  /** Least and greatest value that the colours of each output stand for; none for colours and directions. */
  readonly ranges: Signal<Readonly<Record<string, readonly [number, number]>>>;
  /** A look that nothing has been drawn for yet, since (milliseconds of `performance.now`). */
  readonly waitingSince: Signal<number | undefined>;
  /** Positions of the path that is being planned. */
  readonly path: Signal<readonly Vector3[]>;
  readonly outlook: ReadonlySignal<Outlook>;
}

const standing: ViewPose = { cameraToWorld: [1, 0, 0, 0, 0, 0, -1, -3, 0, 1, 0, 0], distance: 3 };

export function createViewState(scene: ReadonlySignal<StudioScene | undefined>): ViewState {
  return {
    size: signal<Size>({ width: 640, height: 360 }),
    pose: signal(standing),
    fieldOfView: signal(50),
    up: signal<Vector3>([0, 0, 1]),
    snapped: signal<Snapped | undefined>(undefined),
    comparison: signal<Comparison>('off'),
    output: signal('rgb'),
    secondOutput: signal(''),
    colorMap: signal<ColorMap>('viridis'),
    range: signal<readonly [number, number] | undefined>(undefined),
    background: signal<readonly [number, number, number] | undefined>(undefined),
    crop: signal<Crop | undefined>(undefined),
    showsCameras: signal(false),
    showsAxes: signal(false),
    detail: signal(1),
    divide: signal(0.5),
    picture: signal<Omit<Picture, 'jpeg'> | undefined>(undefined),
    ranges: signal<Readonly<Record<string, readonly [number, number]>>>({}),
    waitingSince: signal<number | undefined>(undefined),
    path: signal<readonly Vector3[]>([]),
    outlook: computed(() => outlookOf(scene.value)),
  };
}

/** From the first camera of training (or any), upright as cameras are on average. */
export function outlookOf(scene: StudioScene | undefined): Outlook {
  const cameras = [...(scene?.train ?? []), ...(scene?.eval ?? [])].map(({ camera }) => camera);
  const [first] = cameras;
  if (!first) return { pose: standing, up: [0, 0, 1], focus: [0, 0, 0], radius: 3 };
  const poses = cameras.map(({ cameraToWorld }) => cameraToWorld);
  const places = poses.map((pose) => columnOf(pose, 3));
  const focus = focusOfAttention(poses, mean(places));
  const ups = mean(poses.map((pose) => columnOf(pose, 1)));
  const distances = places.map((place) => distanceOf(place, focus)).sort((a, b) => a - b);
  return {
    pose: { cameraToWorld: first.cameraToWorld, distance: pivotDistance(first.cameraToWorld, focus) },
    camera: first,
    up: Math.hypot(...ups) > 0.1 ? normalize(ups) : [0, 0, 1],
    focus,
    radius: distances[distances.length >> 1] || 1,
  };
}

/** How far ahead of a camera what it turns around lies: as far as what all look at, if that is before it. */
export function pivotDistance(cameraToWorld: readonly number[], focus: Vector3): number {
  return Math.max(1e-3, distanceOf(columnOf(cameraToWorld, 3), focus));
}

/** The camera that the visitor stands in. */
export function snappedCamera(
  scene: StudioScene | undefined,
  snapped: Snapped | undefined,
): StudioCamera | undefined {
  return snapped && scene?.[snapped.split][snapped.index];
}

/** Stands into a camera of the data set: its place, its direction, its field of view. */
export function snapTo(view: ViewState, scene: StudioScene, to: Snapped): void {
  const camera = scene[to.split][to.index]?.camera;
  if (!camera) return;
  const { cameraToWorld } = camera;
  const distance = pivotDistance(cameraToWorld, view.outlook.value.focus);
  batch(() => {
    view.pose.value = { cameraToWorld, distance };
    view.fieldOfView.value = containedFieldOfView(view.size.value, camera);
    view.snapped.value = to;
  });
}

/** Stands anywhere, out of the data set's cameras. All at once, so that one picture is asked for. */
export function standAt(view: ViewState, pose: ViewPose, fieldOfView = view.fieldOfView.value): void {
  batch(() => {
    view.snapped.value = undefined;
    view.comparison.value = 'off';
    view.pose.value = pose;
    view.fieldOfView.value = fieldOfView;
  });
}

/** Back to where the visit began. */
export function resetView(view: ViewState): void {
  const { pose, camera, up } = view.outlook.value;
  view.up.value = up;
  standAt(view, pose, camera ? containedFieldOfView(view.size.value, camera) : 50);
}

/** Moves the camera. */
export function moveView(view: ViewState, change: (pose: ViewPose, up: Vector3) => ViewPose): void {
  standAt(view, change(view.pose.value, view.up.value));
}

function distanceOf(a: Vector3, b: Vector3): number {
  return Math.hypot(...addScaled(a, b, -1));
}
