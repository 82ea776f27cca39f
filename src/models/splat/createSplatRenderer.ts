/** Splats as they are looked at: their parameters and what renders them. Training adds photos and whatever moves them. */
import type { Camera } from '../../data/cameras/camera.ts';
import type { Scene } from '../../data/scene.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { CropTransform, Pipeline } from '../../pipeline/pipeline.ts';
import { createPhotoLight, type PhotoLight } from './photoLight.ts';
import { createPhotoPoses, type PhotoPoses } from './photoPoses.ts';
import {
  type Color,
  createSplatKernels,
  type SplatKernels,
  type SplatLayer,
  type SplatPicture,
} from './splatKernels.ts';
import { createSplatParameters, type SplatParameters } from './splatParameters.ts';
import type { SplatConfig } from './splatSchema.ts';
import { cameraInSpace, cropInSpace, type SplatSpace, splatSpaceOf } from './splatSpace.ts';
import { hasProjection, splatView } from './splatView.ts';
import { createThroughFaces, type ThroughFaces } from './throughFaces.ts';

export interface SplatRenderer {
  readonly parameters: SplatParameters;
  /** Of the training photos; undefined where they have none of their own. */
  readonly light: PhotoLight | undefined;
  /** Of the training photos; undefined where they stay as the data set has them. */
  readonly poses: PhotoPoses | undefined;
  /** The parameters', and `light` and `poses`: empty where photos have none of their own. */
  readonly groups: Pipeline['groups'];
  readonly kernels: SplatKernels;
  readonly space: SplatSpace;
  /** For pictures by lenses without a projection. */
  readonly faces: ThroughFaces;
  /** @param camera in the scene's coordinates, of a lens with a projection. Distances are in the splats' own (see `space`). */
  render(camera: Camera, background: Color, layer?: SplatLayer, crop?: CropTransform): SplatPicture;
  /** By any lens. @returns [height, width, 3] float32 in 0..1, valid until the next call */
  renderColors(camera: Camera, background: Color): Float32Array;
  dispose(): void;
}

/** Nearest depth that is seen, where the cameras lie within 1 of the origin. */
const near = 0.02;

/** No splats yet, and room for `capacity` of them. The caller disposes it, before the kernels. */
export function createSplatRenderer(
  pool: KernelPool,
  config: Pick<SplatConfig, 'harmonicsDegree' | 'light' | 'cameras'>,
  scene: Pick<Scene, 'train'>,
  capacity: number,
): SplatRenderer {
  const space = splatSpaceOf(scene.train.map(({ camera }) => camera));
  const parameters = createSplatParameters(pool, capacity, config.harmonicsDegree);
  const { harmonicsWidth, addresses } = parameters;
  const kernels = createSplatKernels(pool, { capacity, harmonicsWidth, near }, addresses);
  const light = config.light === 'gainBias' ? createPhotoLight(pool, scene.train.length) : undefined;
  const poses = config.cameras.optimize === 'off' ? undefined : createPhotoPoses(pool, scene.train.length);
  const shotOf = (camera: Camera, background: Color) => {
    const view = splatView(cameraInSpace(camera, space));
    return { view, background, degree: config.harmonicsDegree };
  };
  const faces = createThroughFaces();
  const renderColors = (camera: Camera, background: Color): Float32Array => {
    if (hasProjection(camera)) return kernels.renderColors(shotOf(camera, background), parameters.count);
    const picture = new Float32Array(camera.width * camera.height * 3);
    for (const [index, face] of faces.cameras(camera).entries())
      faces.gather(camera, index, 3, renderColors(face, background), picture);
    return picture;
  };
  return {
    parameters,
    light,
    poses,
    faces,
    groups: {
      ...parameters.groups,
      light: light ? [light.parameter] : [],
      poses: poses ? [poses.parameter] : [],
    },
    kernels,
    space,
    render: (camera, background, layer, crop) =>
      kernels.render(
        { ...shotOf(camera, background), crop: crop && cropInSpace(crop, space) },
        parameters.count,
        layer,
      ),
    renderColors,
    dispose() {
      kernels.dispose();
      light?.parameter.dispose();
      poses?.parameter.dispose();
      parameters.dispose();
    },
  };
}
