/** What a NeRF pipeline asks of a model: rays in, colours (and gradients) out. */

import type { Camera } from '../data/cameras/camera.ts';
import { createRayBatch, type RayBatch } from '../data/rayBatch.ts';
import type { CropTransform, Parameter, TimePhase, TrainStepOutput } from '../pipeline/pipeline.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';

/** What a model must know of the scene's extent. */
export interface SceneBounds {
  /** Nothing lies outside the box. */
  readonly bounded: boolean;
  /** Minimum x, y, z, maximum x, y, z in model coordinates. */
  readonly aabb: readonly number[];
  /** Whether photos have transparent pixels. */
  readonly hasAlpha: boolean;
  /** The flat colour behind opaque photos, where they have one. */
  readonly background?: 'white' | 'black';
}

/** The scene that a model is made for, and how it is trained and looked at. */
export interface ModelScene {
  readonly bounds: SceneBounds;
  /** Cameras of the training images. */
  readonly cameras: readonly Camera[];
  readonly seed: number;
  /** Colour behind held-out images that have transparent pixels. */
  readonly evalBackground: 'white' | 'black';
}

/** Rays in model coordinates, and what a model rendered along them. */
export interface RayBuffers extends RayBatch {
  readonly capacity: number;
  /** [capacity, 4] float32: rendered colour and remaining transmittance; written by the model. */
  readonly colors: Float32Array;
  /** [capacity] float32: expected distance in model units; written by the model. */
  readonly depths: Float32Array;
}

/** Room for `capacity` rays and what is rendered along them, to be filled again and again. */
export function createRayBuffers(capacity: number): RayBuffers {
  return {
    ...createRayBatch(capacity),
    capacity,
    colors: new Float32Array(capacity * 4),
    depths: new Float32Array(capacity),
  };
}

/** A model over ray buffers: the caller writes rays, the model renders the first `count` of them. */
export interface RadianceModel {
  readonly groups: Readonly<Record<string, readonly Parameter[]>>;
  readonly rays: RayBuffers;
  /** Rays that step `step` is to have. */
  rayCount(step: number): number;
  /** Forward and backward pass over the rays in the buffers; changes nothing persistent. `time` is told their phases. */
  trainStep(step: number, count: number, time?: TimePhase): TrainStepOutput;
  /** After the parameters moved: occupancy grid, averages. */
  commit(step: number): void;
  /** Renders without randomness what lies within `crop`; results are in `rays.colors` and `rays.depths`. */
  render(count: number, crop?: CropTransform): void;
  /**
   * Of models that march through an occupancy grid: how far each of the first `count` rays goes, within `crop`, until its first sample in an occupied
   * cell. @returns [rays.capacity] float32: model units; 0 where it meets none. Overwritten by the next call
   */
  findOccupied?(count: number, crop?: CropTransform): Float32Array;
  state(): NamedArrays;
  restore(state: NamedArrays): void;
  dispose(): void;
}
