/**
 * The records that kernels and TypeScript share, each described as its class in `src/kernels/assembly` declares it; what the fields mean
 * is said there. `test/kernels/layouts.test.ts` compiles those classes and holds every name, type, offset and size here to them.
 */
import { struct } from './structs.ts';

/** What the rendering kernels are told: `Plan` of plan.ts. */
export const planLayout = struct({
  rays: 'i32',
  units: 'i32',
  origins: 'usize',
  directions: 'usize',
  pixels: 'usize',
  images: 'usize',
  colors: 'usize',
  depths: 'usize',
  boxMinX: 'f32',
  boxMinY: 'f32',
  boxMinZ: 'f32',
  boxScale: 'f32',
  levels: 'i32',
  resolution: 'i32',
  bits: 'usize',
  coarseBits: 'usize',
  near: 'f32',
  coneAngle: 'f32',
  minStep: 'f32',
  maxStep: 'f32',
  jitter: 'i32',
  jitterKey: 'u32',
  randomBackground: 'i32',
  backgroundKey: 'u32',
  backgroundR: 'f32',
  backgroundG: 'f32',
  backgroundB: 'f32',
  gridLevels: 'i32',
  gridFeatures: 'i32',
  levelTable: 'usize',
  table: 'usize',
  encoded: 'i32',
  layers: 'usize',
  densityLayers: 'i32',
  colorLayers: 'i32',
  densityOutputs: 'i32',
  densityBias: 'f32',
  appearance: 'usize',
  appearanceSize: 'i32',
  minWeight: 'f32',
  minTransmittance: 'f32',
  walkers: 'usize',
  alive: 'usize',
  records: 'usize',
  harmonics: 'usize',
  roundCapacity: 'i32',
  roundPositions: 'usize',
  roundSteps: 'usize',
  roundAlphas: 'usize',
  roundTiles: 'usize',
  unitCapacity: 'i32',
  survivorPositions: 'usize',
  survivorSteps: 'usize',
  survivorRays: 'usize',
  survivorTiles: 'usize',
  train: 'i32',
  lossScale: 'f32',
  slots: 'i32',
  weightGradients: 'usize',
  weightGradientBytes: 'usize',
  appearanceGradients: 'usize',
  gridGradient: 'usize',
  unitStates: 'usize',
  scratch: 'usize',
  scratchBytes: 'usize',
  scratchTiles: 'i32',
  hiddenWidth: 'i32',
  distances: 'usize',
});

/** What a unit of rays is at: `UnitState` of plan.ts. */
export const unitStateLayout = struct({
  loss: 'f64',
  living: 'i32',
  samples: 'i32',
  survivors: 'i32',
  allSurvivors: 'i32',
  marched: 'i32',
  dropped: 'i32',
  unused0: 'f64',
  unused1: 'f64',
  unused2: 'f64',
  unused3: 'f64',
});

/** A dense layer of the fused networks: `Layer` of plan.ts. */
export const layerLayout = struct({
  inputs: 'i32',
  outputs: 'i32',
  trueOutputs: 'i32',
  packed: 'usize',
  packedTransposed: 'usize',
  gradientOffset: 'usize',
  weights: 'usize',
});

/** A ray on its way through the occupancy grid: `Walker` of march.ts. */
export const walkerLayout = struct({
  originX: 'f32',
  originY: 'f32',
  originZ: 'f32',
  directionX: 'f32',
  directionY: 'f32',
  directionZ: 'f32',
  t: 'f32',
  end: 'f32',
  transmittance: 'f32',
  ray: 'i32',
  first: 'i32',
  count: 'i32',
});

/** What a ray has gathered: `RayRecord` of shade.ts. */
export const rayRecordLayout = struct({
  transmittance: 'f32',
  red: 'f32',
  green: 'f32',
  blue: 'f32',
  depth: 'f32',
  redGradient: 'f32',
  greenGradient: 'f32',
  blueGradient: 'f32',
  remainder: 'f32',
});

/** A ray's share of a round: `WalkRequest` of walkers.ts. */
export const walkRequestLayout = struct({
  ray: 'i32',
  limit: 'i32',
  first: 'i32',
  taken: 'i32',
});

/** A level of a hash grid: `Level` of level.ts. */
export const levelLayout = struct({
  scale: 'f32',
  strideY: 'u32',
  strideZ: 'u32',
  hashed: 'i32',
  mask: 'u32',
  firstEntry: 'u32',
  entries: 'u32',
});

/** A call of the network operation: `MlpCall` of opsMlp.ts. */
export const mlpCallLayout = struct({
  layers: 'usize',
  layerCount: 'i32',
  samples: 'i32',
  units: 'i32',
  hiddenActivation: 'i32',
  outputActivation: 'i32',
  slope: 'f32',
  x: 'usize',
  y: 'usize',
  dy: 'usize',
  dx: 'usize',
  kept: 'usize',
  hiddenBytes: 'usize',
  widest: 'i32',
  scratch: 'usize',
  scratchBytes: 'usize',
  slots: 'usize',
  slotBytes: 'usize',
});

/** One of its layers: `Dense` of opsMlp.ts. */
export const denseLayout = struct({
  inputs: 'i32',
  outputs: 'i32',
  weights: 'usize',
  packed: 'usize',
  packedTransposed: 'usize',
  outputAt: 'usize',
  gradientAt: 'usize',
  gradient: 'usize',
});

/** How a matrix product is cut up: `MatMulPlan` of matmul.ts. */
export const matMulPlanLayout = struct({
  a: 'usize',
  b: 'usize',
  c: 'usize',
  rows: 'i32',
  columns: 'i32',
  depth: 'i32',
  aRow: 'usize',
  aDepth: 'usize',
  bDepth: 'usize',
  bColumn: 'usize',
  cRow: 'usize',
  cColumn: 'usize',
  cBatch: 'usize',
  cSlot: 'usize',
  items: 'i32',
  itemsPerUnit: 'i32',
  tileRows: 'i32',
  tileColumns: 'i32',
  rowTiles: 'i32',
  columnTiles: 'i32',
  slots: 'i32',
  slotDepth: 'i32',
  blockDepth: 'i32',
  blockRows: 'i32',
  scratch: 'usize',
  scratchBytes: 'usize',
  finish: 'i32',
  bias: 'usize',
  activation: 'i32',
  alpha: 'f32',
});

/** How two shapes meet in a result: `Broadcast` of tensorBinary.ts. */
export const broadcastLayout = struct({
  d1: 'i32',
  d2: 'i32',
  inner: 'i32',
  a0: 'i32',
  a1: 'i32',
  a2: 'i32',
  aStep: 'i32',
  b0: 'i32',
  b1: 'i32',
  b2: 'i32',
  bStep: 'i32',
});

/** How elements move along up to five axes: `Walk` of tensorCopy.ts. */
export const walkLayout = struct({
  d1: 'i32',
  d2: 'i32',
  d3: 'i32',
  inner: 'i32',
  s0: 'i32',
  s1: 'i32',
  s2: 'i32',
  s3: 'i32',
  sourceStep: 'i32',
  t0: 'i32',
  t1: 'i32',
  t2: 'i32',
  t3: 'i32',
  targetStep: 'i32',
});
