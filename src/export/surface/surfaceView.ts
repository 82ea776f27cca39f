/** What a camera sees of a model's surfaces: the one source of point clouds and meshes, for every model that renders depth. */
import type { Camera } from '../../data/cameras/camera.ts';
import { movedCamera, type Similarity } from '../../data/similarity.ts';
import type { RenderedImage, RenderRequest } from '../../pipeline/pipeline.ts';

/** Renders an image with a model, all of it at once. */
export type RenderView = (request: RenderRequest) => RenderedImage;

export interface SurfaceRenderer {
  readonly render: RenderView;
  /** The output that says where surfaces are: one that is made for it, where the model has one, or what rays meet on average. */
  readonly depth: 'surface' | 'depth';
}

export interface SurfaceView {
  /** A pinhole, in the coordinates of the export. */
  readonly camera: Camera;
  /**
   * [height, width] float32: how far a pixel's ray goes until it meets a surface, in the export's units. Infinity where it meets none, NaN where that is
   * not certain: half transparent, at an edge, or almost along the surface.
   */
  readonly distances: Float32Array;
  /** [height, width] float32: cosine of the angle between the ray and the surface's normal; 1 where no distance is certain. */
  readonly facing: Float32Array;
  /** [height, width, 3] uint8 sRGB */
  readonly colors: Uint8Array;
}

/** A ray has met a surface when more than the one share of its light comes from the scene, and nothing when less than the other. */
const surfaceShare = 0.5;
const emptyShare = 0.1;
/** Tangent of the steepest angle between a ray and a surface's normal: neighbours that differ by more are an edge. */
const steepest = Math.tan(80 * (Math.PI / 180));

/**
 * @param camera a pinhole in the model's coordinates
 * @param placement from the model's coordinates to the export's
 */
export function surfaceView(
  { render, depth: wanted }: SurfaceRenderer,
  camera: Camera,
  placement: Similarity,
): SurfaceView {
  const names = ['rgb', wanted, 'accumulation'];
  const { outputs } = render({ camera, outputs: names });
  const [rgb, depth, accumulation] = names.map((name) => outputs[name]!.data);
  const met = (depth as Float32Array).map((distance, pixel) => {
    const share = accumulation![pixel]!;
    if (share < emptyShare) return Infinity;
    return share >= surfaceShare && distance > 0 ? distance * placement.scale : Number.NaN;
  });
  const distances = withoutEdges(met, camera);
  return {
    camera: movedCamera(camera, placement),
    distances,
    facing: facingOf(distances, camera),
    colors: rgb as Uint8Array,
  };
}

/** NaN where one of the four neighbours lies at another depth, or is empty. */
function withoutEdges(distances: Float32Array, { width, height, fx, fy }: Camera): Float32Array {
  // A step of a pixel at distance d is d / f wide; along the steepest surface the distance changes by that times its tangent.
  const isEdge = (a: number, b: number, focalLength: number) =>
    Math.abs(a - b) * focalLength > steepest * Math.min(a, b);
  return distances.map((distance, pixel) => {
    if (!Number.isFinite(distance)) return distance;
    const column = pixel % width;
    const edge =
      (column > 0 && isEdge(distance, distances[pixel - 1]!, fx)) ||
      (column < width - 1 && isEdge(distance, distances[pixel + 1]!, fx)) ||
      (pixel >= width && isEdge(distance, distances[pixel - width]!, fy)) ||
      (pixel < width * (height - 1) && isEdge(distance, distances[pixel + width]!, fy));
    return edge ? Number.NaN : distance;
  });
}

/** From how fast the distance changes across a pixel's neighbours: by the tangent of the angle times the width of a pixel there. */
function facingOf(distances: Float32Array, { width, fx, fy }: Camera): Float32Array {
  const slope = (pixel: number, step: number, focalLength: number) => {
    const [before, after] = [distances[pixel - step]!, distances[pixel + step]!];
    const change = (after - before) / 2;
    return Number.isFinite(change) ? (change * focalLength) / distances[pixel]! : 0;
  };
  return distances.map((distance, pixel) =>
    Number.isFinite(distance) ? 1 / Math.hypot(1, slope(pixel, 1, fx), slope(pixel, width, fy)) : 1,
  );
}
