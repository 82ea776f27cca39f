/** What a NeRF pipeline asks of a model: rays in, colours (and gradients) out. */
import type { Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import type { RayBuffers, RenderStatistics } from './instantNgp/renderKernels.ts';

/** What a model must know of the scene's extent. */
export interface SceneBounds {
  /** Nothing lies outside the box. */
  readonly bounded: boolean;
  /** Minimum x, y, z, maximum x, y, z in model coordinates. */
  readonly aabb: readonly number[];
  /** Whether photos have transparent pixels. */
  readonly hasAlpha: boolean;
}

/** A model over ray buffers: the caller writes rays, the model renders the first `count` of them. */
export interface RadianceModel {
  readonly groups: Readonly<Record<string, readonly Parameter[]>>;
  readonly rays: RayBuffers;
  /** Where the kernels find what they are told; for tests and benchmarks. */
  readonly planAddress: number;
  /** Rays that step `step` is to have. */
  rayCount(step: number): number;
  /** Forward and backward pass over the rays in the buffers; changes nothing persistent. */
  trainStep(
    step: number,
    count: number,
  ): { readonly statistics: RenderStatistics; readonly gradients: Gradients };
  /** After the parameters moved: occupancy grid, averages. */
  commit(step: number): void;
  /** Renders without randomness; results are in `rays.colors` and `rays.depths`. */
  render(count: number): RenderStatistics;
  /** Share of the occupancy grid's cells that is occupied. */
  readonly occupiedShare: number;
  state(): NamedArrays;
  restore(state: NamedArrays): void;
  dispose(): void;
}
