/** Looks at a model from all cameras of its photos. */
import type { Camera } from '../../data/cameras/camera.ts';
import type { Similarity } from '../../data/similarity.ts';
import { pinholesOf, withPixels } from './pinholeCameras.ts';
import { type SurfaceRenderer, type SurfaceView, surfaceView } from './surfaceView.ts';

/** What surfaces are taken from. */
export interface SurfaceSource extends SurfaceRenderer {
  /** Of the training photos, in the model's coordinates. */
  readonly cameras: readonly Camera[];
  /** From the model's coordinates to the export's. */
  readonly placement: Similarity;
  /** Told after each view how many are done. */
  readonly onView?: (done: number, total: number) => void;
}

/** More than so many times the photos' width and height shows nothing that the model could have learned. */
const largestScale = 2;

/** @param pixels of all views together, about; fewer where they would be much larger than the photos */
export function lookAround(source: SurfaceSource, pixels: number): SurfaceView[] {
  const { cameras, placement, onView = () => {} } = source;
  const pinholes = withPixels(cameras.flatMap(pinholesOf), pixels, largestScale);
  return pinholes.map((camera, index) => {
    const view = surfaceView(source, camera, placement);
    onView(index + 1, pinholes.length);
    return view;
  });
}
