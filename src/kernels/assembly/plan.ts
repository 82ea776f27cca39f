// What the rendering kernels are told, and what they tell. TypeScript knows these records by src/kernels/layouts.ts.

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
  /** [3, 4]: brings the box that alone is seen from model coordinates to [-1, 1]^3; 0 where all is. */
  crop: usize;

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
  /** Whether space beyond the first cube is contracted before it is encoded (contraction.ts). */
  contracted: i32;

  // Marching, in unit coordinates.
  near: f32;
  coneAngle: f32;
  minStep: f32;
  maxStep: f32;
  /** Beyond a distance of 1 / stepGrowth steps grow with the square of the distance, evenly in disparity; 0: nowhere. */
  stepGrowth: f32;
  /** 1 / distance up to which gradients are scaled down (trainRays.ts); 0: none are. */
  gradientScaling: f32;
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

  // Rays on their way, [rays]: see Walker; those of each unit that are alive; colour gathered so far (see composite.ts); direction's harmonics [16].
  walkers: usize;
  alive: usize;
  records: usize;
  harmonics: usize;

  // One round of marching, `roundCapacity` samples a unit: positions [][4], steps, transmittances, encodings [tile][encoded][64].
  roundCapacity: i32;
  roundPositions: usize;
  roundSteps: usize;
  roundAlphas: usize;
  roundTiles: usize;

  // Samples that matter, `unitCapacity` a unit: positions [][4], steps, ray in the unit, encodings [tile][encoded][64] (backward: their gradients).
  unitCapacity: i32;
  survivorPositions: usize;
  survivorSteps: usize;
  survivorRays: usize;
  survivorTiles: usize;

  // Training: outputs of each unit.
  train: i32;
  lossScale: f32;
  /** [slots][weightGradientBytes] */
  slots: i32;
  weightGradients: usize;
  weightGradientBytes: usize;
  /** [rays, appearanceSize] */
  appearanceGradients: usize;
  gridGradient: usize;
  /** [units]: see UnitState. */
  unitStates: usize;

  // Scratch space: one block a thread, with room for the activations of `scratchTiles` tiles.
  scratch: usize;
  scratchBytes: usize;
  scratchTiles: i32;
  hiddenWidth: i32;

  /** For a grid of one level: how far each block of 4 x 4 x 4 cells is from an occupied one (occupancyDistances.ts), a byte each; else 0. */
  distances: usize;
  /** The places of rays that begin at `near` (ladder.ts); 0: each goes step by step. Rebuilt before each rendering. */
  ladder: usize;
}

/** What a unit is at. It fills a cache line, so that no two threads write the same one. */
@unmanaged
export class UnitState {
  loss: f64;
  /** Rays that go on, and their samples of this round. */
  living: i32;
  samples: i32;
  /** Samples that matter: waiting for colour, and all of the call. */
  survivors: i32;
  allSurvivors: i32;
  /** Samples whose density was computed; survivors that found no room. */
  marched: i32;
  dropped: i32;
  unused0: f64;
  unused1: f64;
  unused2: f64;
  unused3: f64;
}

// @ts-ignore: decorator
@inline
export function unitStateAt(plan: Plan, unit: i32): UnitState {
  return changetype<UnitState>(plan.unitStates + <usize>unit * offsetof<UnitState>());
}

/** First ray of a unit; that of the next one is its end. */
// @ts-ignore: decorator
@inline
export function firstRayOf(plan: Plan, unit: i32): i32 {
  return <i32>(<i64>plan.rays * unit / plan.units);
}

/** One dense layer. */
@unmanaged
export class Layer {
  inputs: i32;
  /** A multiple of 4: the weights' outputs, padded. */
  outputs: i32;
  trueOutputs: i32;
  packed: usize;
  packedTransposed: usize;
  /** Bytes into a unit's weight gradients. */
  gradientOffset: usize;
  /** The parameter [inputs, trueOutputs] and its gradient. */
  weights: usize;
}

// @ts-ignore: decorator
@inline
export function layerAt(plan: Plan, index: i32): Layer {
  return changetype<Layer>(plan.layers + <usize>index * offsetof<Layer>());
}
