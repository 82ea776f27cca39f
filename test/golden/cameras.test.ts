/** Camera rays, pose orientation and exponential maps against nerfstudio: every case of cameras.json. */
import { describe, expect, it } from 'vitest';
import { type CameraModel, cameraModels, type Distortion } from '../../src/data/cameras/camera.ts';
import { expMapSE3, expMapSO3xR3 } from '../../src/data/cameras/lieGroups.ts';
import { pointRay } from '../../src/data/cameras/pointRays.ts';
import {
  type Centering,
  type Orientation,
  orientAndCenterPoses,
} from '../../src/data/poses/orientAndCenterPoses.ts';
import { type ReferenceTensor, readReference, rowsOf } from '../support/referenceDir.ts';

interface RayCase {
  readonly cameraModel: string;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
  readonly 'distortion[k1,k2,k3,k4,p1,p2]': readonly number[] | null;
  readonly cameraToWorld: ReferenceTensor;
  readonly pixels_row_col: readonly (readonly [number, number])[];
  readonly origins: ReferenceTensor;
  readonly directions: ReferenceTensor;
  readonly pixelArea: ReferenceTensor;
}

interface CamerasFile {
  readonly rays: readonly RayCase[];
  readonly autoOrientAndCenter: {
    readonly poses: ReferenceTensor;
    readonly cases: readonly {
      readonly method: string;
      readonly centerMethod: string;
      readonly transform: ReferenceTensor;
      readonly poses: ReferenceTensor;
    }[];
  };
  readonly lie: Readonly<Record<string, ReferenceTensor>>;
}

const file = readReference<CamerasFile>('cameras.json');
const tolerance = { rtol: 1e-5, atol: 1e-5 };

/** The value if it is one of the known ones: an unknown case must fail, not be passed over. */
function known<T extends string>(value: string, values: readonly T[]): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new Error(`unknown case "${value}"; known: ${values.join(', ')}`);
  return found;
}

describe('golden values of cameras.json', () => {
  it('has no part that is not checked here', () => {
    for (const key of Object.keys(file))
      known(key, ['source', 'about', 'rays', 'autoOrientAndCenter', 'lie']);
  });

  it('rays', () => {
    let pixels = 0;
    for (const reference of file.rays) {
      const model: CameraModel = known(reference.cameraModel, cameraModels);
      const distortion = reference['distortion[k1,k2,k3,k4,p1,p2]'];
      const { fx, fy, cx, cy, width, height } = reference;
      const camera = {
        ...{ model, fx, fy, cx, cy, width, height },
        ...(distortion === null ? {} : { distortion: distortion as unknown as Distortion }),
        cameraToWorld: reference.cameraToWorld.data,
      };
      const rays = reference.pixels_row_col.map(([row, column]) => pointRay(camera, column + 0.5, row + 0.5));
      expect(rays.flatMap((ray) => ray.origin)).toBeAllClose(reference.origins.data, tolerance);
      expect(rays.flatMap((ray) => ray.direction)).toBeAllClose(reference.directions.data, tolerance);
      // Areas are about 1e-5 themselves: the absolute tolerance would hide any error.
      expect(rays.map((ray) => ray.pixelArea)).toBeAllClose(reference.pixelArea.data, {
        rtol: 2e-3,
        atol: 5e-9,
      });
      pixels += rays.length;
    }
    expect(pixels).toBeGreaterThan(0);
    console.log(`cameras.json: rays: ${file.rays.length} cameras, ${pixels} pixels checked`);
  });

  it('pose orientation and centring', () => {
    const { poses, cases } = file.autoOrientAndCenter;
    const input = rowsOf(poses);
    for (const reference of cases) {
      const orientation: Orientation = known(reference.method, ['up', 'pca', 'vertical', 'none']);
      const center: Centering = known(reference.centerMethod, ['poses', 'focus', 'none']);
      const result = orientAndCenterPoses(input, { orientation, center, reproducePcaSlip: true });
      expect(result.transform).toBeAllClose(reference.transform.data, tolerance);
      expect(result.poses.flat()).toBeAllClose(reference.poses.data, tolerance);
    }
    expect(cases.length).toBeGreaterThan(0);
    console.log(`cameras.json: autoOrientAndCenter: ${cases.length} cases of ${input.length} poses checked`);
  });

  it('exponential maps', () => {
    const { 'tangent[t,r]': tangent, ...maps } = file.lie;
    const functions = { exp_map_SO3xR3: expMapSO3xR3, exp_map_SE3: expMapSE3 };
    let checked = 0;
    for (const [name, reference] of Object.entries(maps)) {
      const map = functions[known(name, ['exp_map_SO3xR3', 'exp_map_SE3'])];
      const expected = rowsOf(reference);
      rowsOf(tangent!).forEach((vector, index) => {
        expect(map(vector)).toBeAllClose(expected[index]!, tolerance);
        checked++;
      });
    }
    expect(checked).toBeGreaterThan(0);
    console.log(`cameras.json: lie: ${checked} vectors checked`);
  });
});
