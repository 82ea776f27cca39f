// Depths of sampled pixels by a plane sweep: the depth at which a patch looks most alike in neighbouring photos (zero-mean normalized cross
// correlation of 5 x 5 grey pixels), searched at a quarter of the resolution and refined at half of it.
import { threadMemory } from './thread';

/** A photo; written by src/models/splat/sweepPoints.ts. */
@unmanaged
export class SweepPhoto {
  // World to camera (OpenCV's axes), focal lengths and centre at full resolution, lens as in splatPlan.ts.
  r00: f32; r01: f32; r02: f32; r10: f32; r11: f32; r12: f32; r20: f32; r21: f32; r22: f32;
  t0: f32; t1: f32; t2: f32;
  fx: f32; fy: f32; cx: f32; cy: f32;
  lens: i32; k1: f32; k2: f32; k3: f32; k4: f32; p1: f32; p2: f32;
  /** Photo at half and quarter resolution, RGBA uint8 with premultiplied alpha; grey without distortion, float32. */
  halfWidth: i32; halfHeight: i32; halfPixels: usize; halfGrey: usize;
  quarterWidth: i32; quarterHeight: i32; quarterPixels: usize; quarterGrey: usize;
  /** Numbers of the photos to compare with; -1 behind the last. */
  neighbour0: i32; neighbour1: i32; neighbour2: i32; neighbour3: i32; neighbour4: i32;
  samples: usize;
  sampleCount: i32;
}

/** A pixel whose depth is looked for. */
@unmanaged
export class SweepSample {
  /** Pixels at full resolution, without distortion. */
  x: f32;
  y: f32;
  depth: f32;
  score: f32;
  state: i32;
}

const NO_VIEW: i32 = 1, FLAT: i32 = 2, POOR: i32 = 3, AMBIGUOUS: i32 = 4, GOOD: i32 = 8;

const NEIGHBOURS: i32 = 5;
const PATCH: i32 = 25;
const DEPTHS: i32 = 96;
/** A patch of less contrast (length of its 25 deviations from the mean, of 255) says nothing. */
const LEAST_CONTRAST: f32 = 12;
const LEAST_SCORE: f32 = 0.8;
/** Another depth, more than 4 steps off, must score this much less. */
const LEAST_LEAD: f32 = 0.04;
/** Grey of what no photo shows: any mean with it is far below 0. */
const UNSEEN: f32 = -1e9;

// Arrays of float32 in the thread's own memory: static ones would be shared by all threads, as all of the memory is.
/** Deviations from the mean of the patch, and of the one it is compared with: [PATCH]. */
const OWN: usize = 0, OTHER: usize = 128;
/** Scores of all depths: [DEPTHS]; the best of one depth: [NEIGHBOURS]. */
const SCORES: usize = 256, BEST: usize = 640;
/** [NEIGHBOURS][12]: rotation (9) and translation (3) from the photo's camera to the neighbour's. */
const RELATIVE: usize = 704;

// @ts-ignore: decorator
@inline
function get(array: usize, index: i32): f32 {
  return load<f32>(threadMemory() + array + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
function set(array: usize, index: i32, value: f32): void {
  store<f32>(threadMemory() + array + (<usize>index << 2), value);
}

// @ts-ignore: decorator
@inline
function photoAt(photos: usize, index: i32): SweepPhoto {
  return changetype<SweepPhoto>(photos + <usize>index * offsetof<SweepPhoto>());
}

/** Unit = a photo: grey pictures of it as a pinhole camera would have taken. `opaque`: transparent pixels are unseen. */
export function splatSweepGrey(unit: i32, photos: usize, opaque: i32): void {
  const photo = photoAt(photos, unit);
  greyOf(photo, 0.5, photo.halfWidth, photo.halfHeight, photo.halfPixels, photo.halfGrey, opaque);
  greyOf(photo, 0.25, photo.quarterWidth, photo.quarterHeight, photo.quarterPixels, photo.quarterGrey, opaque);
}

function greyOf(photo: SweepPhoto, scale: f32, width: i32, height: i32, pixels: usize, grey: usize, opaque: i32): void {
  const fx = photo.fx * scale, fy = photo.fy * scale, cx = photo.cx * scale, cy = photo.cy * scale;
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      let x = <f32>column, y = <f32>row;
      if (photo.lens != 0) {
        let u = (x + <f32>0.5 - cx) / fx, v = (y + <f32>0.5 - cy) / fy;
        const distance = sqrt<f32>(u * u + v * v);
        if (photo.lens == 2 && distance > <f32>1e-6) {
          const bend = <f32>Math.atan(distance) / distance;
          u *= bend; v *= bend;
        }
        const r = u * u + v * v, d = <f32>1 + r * (photo.k1 + r * (photo.k2 + r * (photo.k3 + r * photo.k4)));
        const uv = <f32>2 * u * v;
        x = (u * d + photo.p1 * uv + photo.p2 * (r + 2 * u * u)) * fx + cx - <f32>0.5;
        y = (v * d + photo.p2 * uv + photo.p1 * (r + 2 * v * v)) * fy + cy - <f32>0.5;
      }
      const inside = x > <f32>-0.5 && y > <f32>-0.5 && x < <f32>width - <f32>0.5 && y < <f32>height - <f32>0.5;
      store<f32>(grey + (<usize>(row * width + column) << 2), inside ? greyAt(pixels, width, height, x, y, opaque) : UNSEEN);
    }
}

/** Bilinear. */
function greyAt(pixels: usize, width: i32, height: i32, x: f32, y: f32, opaque: i32): f32 {
  const x0 = max(0, min(width - 2, <i32>floor<f32>(x))), y0 = max(0, min(height - 2, <i32>floor<f32>(y)));
  const fx = min<f32>(max<f32>(x - <f32>x0, 0), 1), fy = min<f32>(max<f32>(y - <f32>y0, 0), 1);
  const at = pixels + (<usize>(y0 * width + x0) << 2), below = at + (<usize>width << 2);
  const top = pixelGrey(at, opaque) * (1 - fx) + pixelGrey(at + 4, opaque) * fx;
  const bottom = pixelGrey(below, opaque) * (1 - fx) + pixelGrey(below + 4, opaque) * fx;
  return top * (1 - fy) + bottom * fy;
}

function pixelGrey(at: usize, opaque: i32): f32 {
  if (opaque && load<u8>(at, 3) < 200) return UNSEEN;
  return <f32>load<u8>(at) * <f32>0.3 + <f32>load<u8>(at, 1) * <f32>0.5 + <f32>load<u8>(at, 2) * <f32>0.2;
}

/** Unit = a photo: the depths of its samples between `nearest` and `farthest`. Samples in another state than 0 are left alone. */
export function splatSweepDepths(unit: i32, photos: usize, nearest: f32, farthest: f32): void {
  const photo = photoAt(photos, unit), neighbours = changetype<usize>(photo) + offsetof<SweepPhoto>('neighbour0');
  let count = 0;
  while (count < NEIGHBOURS && load<i32>(neighbours + (<usize>count << 2)) >= 0) {
    relate(photo, photoAt(photos, load<i32>(neighbours + (<usize>count << 2))), count);
    count++;
  }
  const ratio = <f32>Math.pow(<f64>(farthest / nearest), 1.0 / <f64>DEPTHS);
  for (let k = 0; k < photo.sampleCount; k++) {
    const sample = changetype<SweepSample>(photo.samples + <usize>k * offsetof<SweepSample>());
    if (sample.state == 0) sweep(photo, photos, neighbours, count, sample, nearest, ratio);
  }
}

/** Where the photo's camera coordinates lie in those of a neighbour: other = A own + t. */
function relate(photo: SweepPhoto, neighbour: SweepPhoto, index: i32): void {
  const a = changetype<usize>(neighbour), b = changetype<usize>(photo), base = index * 12;
  for (let i = 0; i < 3; i++) {
    let offset = load<f32>(a + <usize>(9 + i) * 4);
    for (let j = 0; j < 3; j++) {
      let sum: f32 = 0;
      for (let k = 0; k < 3; k++) sum += load<f32>(a + <usize>(3 * i + k) * 4) * load<f32>(b + <usize>(3 * j + k) * 4);
      set(RELATIVE, base + 3 * i + j, sum);
      offset -= sum * load<f32>(b + <usize>(9 + j) * 4);
    }
    set(RELATIVE, base + 9 + i, offset);
  }
}

function sweep(photo: SweepPhoto, photos: usize, neighbours: usize, count: i32, sample: SweepSample, nearest: f32, ratio: f32): void {
  let contrast = ownPatch(photo.quarterGrey, photo.quarterWidth, photo.quarterHeight, 0.25, sample.x, sample.y);
  if (contrast < 0) { sample.state = NO_VIEW; return; }
  if (contrast < LEAST_CONTRAST) { sample.state = FLAT; return; }
  let bestDepth = -1, bestScore: f32 = -1, depth = nearest * sqrt<f32>(ratio), found: f32 = 0;
  for (let d = 0; d < DEPTHS; d++, depth *= ratio) {
    const score = alike(photo, photos, neighbours, count, sample, depth, 0.25, contrast);
    set(SCORES, d, score);
    if (score > bestScore) { bestScore = score; bestDepth = d; found = depth; }
  }
  if (bestDepth < 0) { sample.state = NO_VIEW; return; }
  if (bestScore < LEAST_SCORE - <f32>0.1) { sample.state = POOR; return; }
  let second: f32 = -1;
  for (let d = 0; d < DEPTHS; d++) if (abs(d - bestDepth) > 4) second = max<f32>(second, get(SCORES, d));
  sample.depth = found;
  sample.score = -1;
  contrast = ownPatch(photo.halfGrey, photo.halfWidth, photo.halfHeight, 0.5, sample.x, sample.y);
  const fine = <f32>Math.pow(ratio, 0.2);
  depth = found * <f32>Math.pow(ratio, -1.2);
  for (let k = 0; contrast >= 0 && k < 13; k++, depth *= fine) {
    const score = alike(photo, photos, neighbours, count, sample, depth, 0.5, contrast);
    if (score > sample.score) { sample.score = score; sample.depth = depth; }
  }
  if (sample.score < LEAST_SCORE) sample.state = POOR;
  // Far away depths blur into each other: there a near rival is none.
  else if (second > bestScore - LEAST_LEAD && bestDepth < DEPTHS - 12) sample.state = AMBIGUOUS;
  else sample.state = GOOD;
}

/** Deviations from the mean of the patch about (x, y) at a resolution. @returns their length, or -1 beyond the picture */
function ownPatch(grey: usize, width: i32, height: i32, scale: f32, x: f32, y: f32): f32 {
  let mean: f32 = 0, k = 0;
  for (let dy = -2; dy <= 2; dy++)
    for (let dx = -2; dx <= 2; dx++, k++) {
      const value = bilinear(grey, width, height, x * scale - <f32>0.5 + <f32>dx, y * scale - <f32>0.5 + <f32>dy);
      set(OWN, k, value);
      mean += value;
    }
  if (mean < <f32>-1e6) return -1;
  mean /= <f32>PATCH;
  let square: f32 = 0;
  for (k = 0; k < PATCH; k++) { const deviation = get(OWN, k) - mean; set(OWN, k, deviation); square += deviation * deviation; }
  return sqrt<f32>(square + <f32>PATCH);
}

/** UNSEEN beyond the picture. */
function bilinear(grey: usize, width: i32, height: i32, x: f32, y: f32): f32 {
  if (!(x >= 0 && y >= 0 && x < <f32>width - <f32>1.001 && y < <f32>height - <f32>1.001)) return UNSEEN;
  const x0 = <i32>x, y0 = <i32>y;
  const fx = x - <f32>x0, fy = y - <f32>y0, at = grey + (<usize>(y0 * width + x0) << 2), below = at + (<usize>width << 2);
  const top = load<f32>(at) * (1 - fx) + load<f32>(at, 4) * fx, bottom = load<f32>(below) * (1 - fx) + load<f32>(below, 4) * fx;
  return top * (1 - fy) + bottom * fy;
}

/** Mean correlation with the most alike three fifths (two at least) of the neighbours that see the patch at this depth; -1 if fewer than two do. */
function alike(photo: SweepPhoto, photos: usize, neighbours: usize, count: i32, sample: SweepSample, depth: f32, scale: f32, contrast: f32): f32 {
  let found = 0;
  const step = <f32>1 / scale, inverse = <f32>1 / depth;
  for (let n = 0; n < count; n++) {
    const neighbour = photoAt(photos, load<i32>(neighbours + (<usize>n << 2))), base = n * 12;
    const half = scale > <f32>0.4;
    const grey = half ? neighbour.halfGrey : neighbour.quarterGrey;
    const width = half ? neighbour.halfWidth : neighbour.quarterWidth, height = half ? neighbour.halfHeight : neighbour.quarterHeight;
    const fx = neighbour.fx * scale, fy = neighbour.fy * scale, cx = neighbour.cx * scale - <f32>0.5, cy = neighbour.cy * scale - <f32>0.5;
    let mean: f32 = 0, k = 0, seen = true;
    for (let dy = -2; dy <= 2 && seen; dy++) {
      const y = (sample.y + <f32>dy * step - photo.cy) / photo.fy;
      for (let dx = -2; dx <= 2; dx++, k++) {
        const x = (sample.x + <f32>dx * step - photo.cx) / photo.fx;
        const z = get(RELATIVE, base + 6) * x + get(RELATIVE, base + 7) * y + get(RELATIVE, base + 8) + get(RELATIVE, base + 11) * inverse;
        if (z < <f32>0.05) { seen = false; break; }
        const u = (get(RELATIVE, base) * x + get(RELATIVE, base + 1) * y + get(RELATIVE, base + 2) + get(RELATIVE, base + 9) * inverse) / z;
        const v = (get(RELATIVE, base + 3) * x + get(RELATIVE, base + 4) * y + get(RELATIVE, base + 5) + get(RELATIVE, base + 10) * inverse) / z;
        const value = bilinear(grey, width, height, u * fx + cx, v * fy + cy);
        if (value < <f32>-1e6) { seen = false; break; }
        set(OTHER, k, value);
        mean += value;
      }
    }
    if (!seen) continue;
    mean /= <f32>PATCH;
    let square: f32 = 0, product: f32 = 0;
    for (k = 0; k < PATCH; k++) {
      const deviation = get(OTHER, k) - mean;
      square += deviation * deviation;
      product += deviation * get(OWN, k);
    }
    insert(found++, product / (contrast * sqrt<f32>(square + <f32>PATCH)));
  }
  if (found < 2) return -1;
  const counted = max(2, (found * 3 + 4) / 5);
  let sum: f32 = 0;
  for (let k = 0; k < counted; k++) sum += get(BEST, k);
  return sum / <f32>counted;
}

/** Puts a score among the first `count`, which descend. */
function insert(count: i32, score: f32): void {
  let at = count;
  for (; at > 0 && get(BEST, at - 1) < score; at--) set(BEST, at, get(BEST, at - 1));
  set(BEST, at, score);
}
