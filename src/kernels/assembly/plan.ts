// What the rendering kernels are told: written by src/models/instantNgp/renderPlan.ts, field by field, 4 bytes each, in this order.

@unmanaged
export class Plan {
  // Rays: [rays, 3] origins and unit directions in model coordinates, [rays, 4] pixels, [rays] image number (-1: none).
  rays: i32;
  units: i32;
  origins: usize;
  directions: usize;
  pixels: usize;
  images: usize;
  /** [rays, 4]: colour and remaining transmittance. */
  colors: usize;
  /** [rays]: expected distance from the origin, in model units; 0 to leave it out. */
  depths: usize;

  // The cube of the first occupancy level in model coordinates: unit position = (p - boxMin) * boxScale.
  boxMinX: f32;
  boxMinY: f32;
  boxMinZ: f32;
  boxScale: f32;

  // Occupancy grid: `levels` nested cubes of resolution^3 cells, one bit a cell, and one bit for each 4 x 4 x 4 cells.
  levels: i32;
  resolution: i32;
  bits: usize;
  coarseBits: usize;

  // Marching, in unit coordinates.
  near: f32;
  coneAngle: f32;
  minStep: f32;
  maxStep: f32;
  jitter: i32;
  jitterKey: u32;

  // Background: fixed or random for each ray.
  randomBackground: i32;
  backgroundKey: u32;
  backgroundR: f32;
  backgroundG: f32;
  backgroundB: f32;

  // Encoding.
  gridLevels: i32;
  gridFeatures: i32;
  levelTable: usize;
  table: usize;
  encoded: i32;

  // Networks: layer descriptors (see Layer), density first.
  layers: usize;
  densityLayers: i32;
  colorLayers: i32;
  densityOutputs: i32;
  densityBias: f32;
  appearance: usize;
  appearanceSize: i32;

  // Thresholds.
  minWeight: f32;
  minTransmittance: f32;

  // Training: outputs of each unit.
  train: i32;
  groupRays: i32;
  lossScale: f32;
  /** [units][weightGradientBytes] */
  weightGradients: usize;
  weightGradientBytes: usize;
  /** [units][unitCapacity][4] positions and [units][unitCapacity / 64][encoded][64] gradients of the encoding. */
  survivorPositions: usize;
  survivorGradients: usize;
  unitCapacity: i32;
  /** [rays, appearanceSize] */
  appearanceGradients: usize;
  /** [units][8] float64: loss, samples, survivors, survivors of the unit that were kept, dropped, ... */
  statistics: usize;

  // Scratch space: one block a thread.
  scratch: usize;
  scratchBytes: usize;
  groupCapacity: i32;
  hiddenWidth: i32;
  gridGradient: usize;
}

/** One dense layer; 32 bytes. */
@unmanaged
export class Layer {
  inputs: i32;
  /** A multiple of 4: the weights' outputs, padded. */
  outputs: i32;
  activation: i32;
  packed: usize;
  packedTransposed: usize;
  /** Bytes into a unit's weight gradients. */
  gradientOffset: usize;
  /** The parameter [inputs, trueOutputs] and its gradient. */
  weights: usize;
  trueOutputs: i32;
}

/** Where a layer's gradient goes; [inputs, trueOutputs] */
// @ts-ignore: decorator
@inline
export function layerAt(plan: Plan, index: i32): Layer {
  return changetype<Layer>(plan.layers + (<usize>index << 5));
}
