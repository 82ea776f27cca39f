// What the splat kernels are told, and what they tell. TypeScript knows these records by src/kernels/layouts.ts.

/** Splats of a work unit. */
export const CHUNK: i32 = 256;
/** Pixels across a tile, and rows of pixels in one (rows that are looked at: every `rowStride`-th of the image). */
export const TILE_SIDE: i32 = 16;
/** Floats of the gradient record of a (splat, tile) pair: see splatBackward.ts. */
export const GRADIENT_BYTES: usize = 48;

@unmanaged
export class SplatPlan {
  // Parameters of `count` splats, row by row, and their gradients.
  count: i32;
  means: usize;
  scales: usize;
  rotations: usize;
  opacities: usize;
  colors: usize;
  harmonics: usize;
  meansGradient: usize;
  scalesGradient: usize;
  rotationsGradient: usize;
  opacitiesGradient: usize;
  colorsGradient: usize;
  harmonicsGradient: usize;
  /** Numbers in a row of `harmonics`: 0, 9, 24 or 45. */
  harmonicsWidth: i32;
  /** Degree of the spherical harmonics in use, 0 to 3; coefficients beyond count as 0 and get no gradient. */
  degree: i32;
  /** d loss / d (sum of the opacities of the splats in view). */
  opacityPenalty: f32;
  /** d loss / d (sum of the lengths of the axes of the splats in view). */
  scalePenalty: f32;

  // World to camera: OpenCV's axes (x right, y down, z forward). Row-major rotation, translation; the camera's position.
  r00: f32; r01: f32; r02: f32;
  r10: f32; r11: f32; r12: f32;
  r20: f32; r21: f32; r22: f32;
  t0: f32; t1: f32; t2: f32;
  positionX: f32; positionY: f32; positionZ: f32;

  // Lens: pixel = focal length * distorted + centre.
  fx: f32; fy: f32; cx: f32; cy: f32;
  /** 0: none; 1: OpenCV's radial and tangential distortion; 2: OpenCV's fisheye. */
  lens: i32;
  k1: f32; k2: f32; k3: f32; k4: f32; p1: f32; p2: f32;
  /** What the photo sees on the plane z = 1, undistorted. */
  leftU: f32; rightU: f32; topV: f32; bottomV: f32;
  /** The lens is linearized here at the latest: the same and a margin. */
  leastU: f32; mostU: f32; leastV: f32; mostV: f32;
  near: f32;
  /** Standard deviations at which an opaque splat is cut off; the same for the blur of a pixel, on the plane z = 1. */
  reach: f32;
  blurReach: f32;
  /** Variance in pixels² that is added to each splat. */
  blur: f32;

  // The picture: rows `rowPhase`, `rowPhase + rowStride`, ... of `height` are looked at.
  width: i32;
  height: i32;
  rowStride: i32;
  rowPhase: i32;
  tilesX: i32;
  tilesY: i32;
  /** Least alpha that counts; a pixel is finished when so little light is left. */
  cutoff: f32;
  minTransmittance: f32;
  backgroundR: f32;
  backgroundG: f32;
  backgroundB: f32;
  /** [3, 4]: brings the box in which splats are seen to [-1, 1]^3; 0 where all are. */
  crop: usize;

  // Projected splats, in the order of the parameters.
  records: usize;
  /** [splats] float32 depth, uint8 flags (see splatProject.ts). */
  depths: usize;
  flags: usize;
  /** [chunks][CHUNK] int32: those in view; [chunks]: see Chunk. */
  inView: usize;
  chunks: usize;
  /** [chunks][spanBytes] uint16, of those in view: first and last tile row, then first tile and the one after the last of each row. */
  spans: usize;
  spanBytes: i32;

  // Tile lists (splatTiles.ts). Bundles of so many chunks write into them side by side.
  bundles: i32;
  bundleChunks: i32;
  /** [bundles][tiles] int32: how many pairs a bundle has in a tile, then where the next of them goes; [tiles + 1] int32. */
  tileCounts: usize;
  tileOffsets: usize;
  /** [pairs] uint64, tile by tile: the pair, and above it the depth by which it is sorted; [pairs] int32: its splat. */
  entries: usize;
  pairSplats: usize;
  visible: i32;
  pairs: i32;
  /** Most entries of one tile. */
  longestTile: i32;

  // Training. [height][width] RGBA uint8 with premultiplied alpha; [pairs] gradient records; [tiles] float64.
  image: usize;
  lossScale: f32;
  /** Light of the photo: see splatLight.ts. */
  gainR: f32; gainG: f32; gainB: f32;
  biasR: f32; biasG: f32; biasB: f32;
  /** [chunks][6] float32 */
  lightGradients: usize;
  /** [chunks][6] float32: see splatPose.ts; 0: the camera's gradient is not wanted. */
  poseGradients: usize;
  pairGradients: usize;
  tileLosses: usize;
  /** [splats] float32, added to in each step: lengths of the gradients of the positions in the picture (pixels), and how often they were in view. */
  screenGradients: usize;
  timesSeen: usize;

  // Rendering: [height][width][4] float32, colour (or what splatSurface.ts put into its place) and the light that is left.
  picture: usize;
  /** Work units of a picture: unit k has the tiles k, k + units, k + 2 units, ... */
  units: i32;
  /** [height][width][3] float32: its colours, 0 to 1. */
  pictureColors: usize;

  // Scratch space: one block a thread (splatScratch.ts).
  scratch: usize;
  scratchBytes: usize;
}

/** A splat as the camera sees it: a cache line. */
@unmanaged
export class Record {
  /** Pixels. */
  x: f32;
  y: f32;
  // log2 of alpha at (dx, dy) pixels from the centre: a dx² + b dx dy + c dy² + peak.
  a: f32;
  b: f32;
  c: f32;
  peak: f32;
  red: f32;
  green: f32;
  blue: f32;
  // In the row dy, alpha is above the cutoff where |dx + slant dy|² < halfWidth - narrowing dy².
  slant: f32;
  halfWidth: f32;
  narrowing: f32;
  /** Rows between which that is so. */
  top: f32;
  bottom: f32;
  /** Tiles that it meets, and the number of its first pair with one, in its chunk. */
  tiles: i32;
  firstPair: i32;
}

/** What a chunk of splats has in view. */
@unmanaged
export class Chunk {
  visible: i32;
  pairs: i32;
  /** Number of its first pair. */
  firstPair: i32;
  unused: i32;
}

// @ts-ignore: decorator
@inline
export function recordAt(plan: SplatPlan, splat: i32): Record {
  return changetype<Record>(plan.records + <usize>splat * offsetof<Record>());
}

// @ts-ignore: decorator
@inline
export function chunkAt(plan: SplatPlan, chunk: i32): Chunk {
  return changetype<Chunk>(plan.chunks + <usize>chunk * offsetof<Chunk>());
}

/** Pixel rows that a tile covers. */
// @ts-ignore: decorator
@inline
export function tileHeight(plan: SplatPlan): i32 {
  return TILE_SIDE * plan.rowStride;
}
