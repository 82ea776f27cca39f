/** What neighbours say of a point: whether it belongs to a surface at all, and how that is turned. */
import { symmetricEigen3 } from '../../data/poses/symmetricEigen3.ts';
import { chosenPoints, type PointCloud } from './pointCloud.ts';
import { createPointTree, type Neighbours } from './pointTree.ts';

/** A plane is laid through a point and so many neighbours. */
const neighbours = 12;
/** A point whose neighbours are farther than those of others by more than so many standard deviations is an outlier. */
const outlierDeviations = 2.5;

/**
 * The points without outliers, with normals: of the plane that fits a point and its nearest neighbours best, turned to the camera that saw it.
 * How far neighbours are is counted in pixels of that camera, on a logarithmic scale, so that what is far away may be sparser.
 */
export function smoothPoints(cloud: PointCloud): PointCloud {
  const { positions, normals, widths } = cloud;
  const count = widths.length;
  if (count <= neighbours) return cloud;
  const nearest = createPointTree(positions, neighbours);
  const spacings = new Float64Array(count);
  const turned = normals.slice();
  for (let point = 0; point < count; point++) {
    const found = nearest(point);
    let sum = 0;
    for (let k = 0; k < found.count; k++) sum += Math.sqrt(found.squares[k]!);
    spacings[point] = Math.log(Math.max(1e-6, sum / found.count / widths[point]!));
    const normal = planeNormal(positions, point, found);
    const facing = normal.reduce((product, value, k) => product + value * normals[point * 3 + k]!, 0);
    for (let k = 0; k < 3; k++) turned[point * 3 + k] = facing < 0 ? -normal[k]! : normal[k]!;
  }
  const mean = spacings.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(spacings.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  const farthest = mean + outlierDeviations * deviation;
  const kept = Int32Array.from(spacings.keys()).filter((point) => spacings[point]! <= farthest);
  return chosenPoints({ ...cloud, normals: turned }, kept);
}

/** Of the plane with the least squares of distances from the point and its neighbours: the direction in which they vary least. */
function planeNormal(positions: Float32Array, point: number, { count, indices }: Neighbours): number[] {
  const at = point * 3;
  const [px, py, pz] = [positions[at]!, positions[at + 1]!, positions[at + 2]!];
  let [x, y, z, xx, xy, xz, yy, yz, zz] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const other = indices[k]! * 3;
    const dx = positions[other]! - px;
    const dy = positions[other + 1]! - py;
    const dz = positions[other + 2]! - pz;
    x += dx;
    y += dy;
    z += dz;
    xx += dx * dx;
    xy += dx * dy;
    xz += dx * dz;
    yy += dy * dy;
    yz += dy * dz;
    zz += dz * dz;
  }
  const n = count + 1;
  const { vectors } = symmetricEigen3([
    ...[xx - (x * x) / n, 0, 0],
    ...[xy - (x * y) / n, yy - (y * y) / n, 0],
    ...[xz - (x * z) / n, yz - (y * z) / n, zz - (z * z) / n],
  ]);
  return [vectors[0]!, vectors[3]!, vectors[6]!];
}
