/** A picture of where the cameras stand, seen from above. */
import type { ColmapModel } from '../data/dataparsers/colmap/colmapModel.ts';
import { colmapCameraToWorld } from '../data/dataparsers/colmap/colmapModel.ts';
import { addScaled, columnOf, cross, dot, normalize, type Vector3 } from '../data/vector3.ts';

/** A place on the ground: right and forward. */
type Place = readonly [number, number];

const size = 1000;
const margin = 60;
const mostPoints = 20_000;
/** Length of a camera's sign, and half its width, in pixels of the picture. */
const [signLength, signHalfWidth] = [16, 7];

/**
 * The picture as SVG: points in their colours, and a triangle for each camera, whose tip is where it stands and which opens to where it
 * looks. Above is where the cameras' upper edges point on average; the first photo looks upwards in the picture.
 */
export function drawCameraMap({ images, points }: ColmapModel): string {
  const poses = images.map(colmapCameraToWorld);
  const ground = groundOf(poses);
  const cameras = poses.map((pose) => ({
    at: ground(columnOf(pose, 3)),
    ahead: ground(addScaled(columnOf(pose, 3), columnOf(pose, 2), -1)),
  }));
  const every = Math.max(1, Math.ceil(points.colors.length / 3 / mostPoints));
  const spots: { at: Place; color: string }[] = [];
  for (let point = 0; point < points.colors.length / 3; point += every) {
    const [x, y, z] = points.positions.subarray(point * 3, point * 3 + 3);
    const color = [...points.colors.subarray(point * 3, point * 3 + 3)].join();
    spots.push({ at: ground([x!, y!, z!]), color });
  }
  const toPicture = fitted(
    cameras.map(({ at }) => at),
    spots.map(({ at }) => at),
  );
  const dots = spots.map(({ at, color }) => {
    const [x, y] = toPicture(at);
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="2" height="2" fill="rgb(${color})"/>`;
  });
  const signs = cameras.map(({ at, ahead }) => sign(toPicture(at), toPicture(ahead)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">`,
    '<rect width="100%" height="100%" fill="#f4f4f0"/>',
    ...dots,
    ...signs,
    '</svg>',
  ].join('\n');
}

/** Looks down on the ground that the cameras stand upright on. */
function groundOf(poses: readonly (readonly number[])[]): (point: Vector3) => Place {
  const up = normalize(poses.reduce<Vector3>((sum, pose) => addScaled(sum, columnOf(pose, 1), 1), [0, 0, 0]));
  const back = columnOf(poses[0]!, 2);
  const level = addScaled(back, up, -dot(back, up));
  // A first photo that looks straight down has its own right edge.
  const right = Math.hypot(...level) > 0.1 ? normalize(cross(up, level)) : columnOf(poses[0]!, 0);
  const forward = cross(up, right);
  return (point) => [dot(point, right), dot(point, forward)];
}

/** From the ground to the picture: all cameras are in it, and the points except for the farthest. */
function fitted(cameras: readonly Place[], points: readonly Place[]): (place: Place) => Place {
  const range = (axis: 0 | 1): Place => {
    const spread = points.map((place) => place[axis]).sort((a, b) => a - b);
    const most = spread.slice(Math.floor(spread.length * 0.05), Math.ceil(spread.length * 0.95));
    const all = [...most, ...cameras.map((place) => place[axis])];
    // Not by spreading into Math.min: there may be too many.
    return [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  };
  const [[left, right], [near, far]] = [range(0), range(1)];
  const scale = (size - 2 * margin) / Math.max(right - left, far - near, 1e-9);
  const [middleX, middleY] = [(left + right) / 2, (near + far) / 2];
  return ([x, y]) => [size / 2 + scale * (x - middleX), size / 2 - scale * (y - middleY)];
}

function sign([x, y]: Place, [aheadX, aheadY]: Place): string {
  const length = Math.hypot(aheadX - x, aheadY - y);
  // One that looks straight down is a square.
  if (length < 1e-6) return `<rect x="${x - 5}" y="${y - 5}" width="10" height="10" fill="#d03020"/>`;
  const [dx, dy] = [(aheadX - x) / length, (aheadY - y) / length];
  const corner = (side: number) =>
    `${(x + signLength * dx - side * signHalfWidth * dy).toFixed(1)},${(y + signLength * dy + side * signHalfWidth * dx).toFixed(1)}`;
  return `<polygon points="${x.toFixed(1)},${y.toFixed(1)} ${corner(1)} ${corner(-1)}" fill="#d03020" fill-opacity="0.75" stroke="#701008"/>`;
}
