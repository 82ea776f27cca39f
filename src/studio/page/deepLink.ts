/** The page's address names a run and a camera: `#run=fox&camera=...`. What one sends to another shows the same. */
import { quaternionOf } from '../../data/poses/quaternionOf.ts';
import { rotationOf } from '../../data/poses/rotationOf.ts';
import type { ViewPose } from './view/cameraPose.ts';

export interface DeepLink {
  readonly run?: string;
  readonly camera?: { readonly pose: ViewPose; readonly fieldOfView: number };
  /** Lets the page in, once; never part of an address that the page writes. */
  readonly token?: string;
}

/** @param fragment of the address, with or without `#`. What cannot be understood is left out. */
export function readDeepLink(fragment: string): DeepLink {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''));
  const [run, token] = [parts.get('run'), parts.get('token')];
  const camera = readCamera(parts.get('camera') ?? '');
  return { ...(run && { run }), ...(token && { token }), ...(camera && { camera }) };
}

/** The fragment, with `#`. */
export function writeDeepLink({ run, camera }: Pick<DeepLink, 'run' | 'camera'>): string {
  const parts = [
    ...(run ? [`run=${encodeURIComponent(run)}`] : []),
    ...(camera ? [`camera=${writeCamera(camera)}`] : []),
  ];
  return `#${parts.join('&')}`;
}

/** Position, rotation (w, x, y, z), distance to the pivot, field of view: nine numbers. */
function writeCamera({ pose, fieldOfView }: NonNullable<DeepLink['camera']>): string {
  const m = pose.cameraToWorld;
  const rotation = quaternionOf([0, 1, 2].flatMap((row) => m.slice(row * 4, row * 4 + 3)));
  const numbers = [m[3]!, m[7]!, m[11]!, ...rotation, pose.distance, fieldOfView];
  return numbers.map((value) => Number(value.toPrecision(6))).join(',');
}

function readCamera(text: string): DeepLink['camera'] {
  const numbers = text.split(',').map(Number);
  if (numbers.length !== 9 || !numbers.every(Number.isFinite)) return undefined;
  const [x, y, z, a, b, c, d, distance, fieldOfView] = numbers as [
    ...[number, number, number],
    ...[number, number, number, number],
    ...[number, number],
  ];
  const length = Math.hypot(a, b, c, d);
  if (!(length > 0 && distance > 0 && fieldOfView > 0 && fieldOfView < 180)) return undefined;
  const m = rotationOf([a / length, b / length, c / length, d / length]);
  const position = [x, y, z];
  const cameraToWorld = [0, 1, 2].flatMap((row) => [...m.slice(row * 3, row * 3 + 3), position[row]!]);
  return { pose: { cameraToWorld, distance }, fieldOfView };
}
