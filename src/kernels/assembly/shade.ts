// Colours of survivors, and what they add up to along their rays.
import { MAX_LOG_DENSITY } from './density';
import { LINEAR, RELU, multiplyTile } from './mlp';
import { Plan, UnitState, firstRayOf, layerAt, unitStateAt } from './plan';
import { uniformAt } from './rng';
import * as scratch from './scratch';
import { ROW, TILE, exp4, sigmoid4 } from './simd';

/** What a ray has gathered; when training then the gradient of its colour, and what of dL/dC . C is still to come along the ray. */
@unmanaged
export class RayRecord {
  transmittance: f32;
  red: f32;
  green: f32;
  blue: f32;
  depth: f32;
  redGradient: f32;
  greenGradient: f32;
  blueGradient: f32;
  remainder: f32;
}

// @ts-ignore: decorator
@inline
export function recordOf(plan: Plan, ray: i32): RayRecord {
  return changetype<RayRecord>(plan.records + <usize>ray * offsetof<RayRecord>());
}

/** Fills the last tile with samples of no length, on no ray's account. @returns the number of tiles */
export function padLastTile(plan: Plan, unit: i32, survivors: i32): i32 {
  const tiles = (survivors + TILE - 1) / TILE, slot = unit * plan.unitCapacity;
  for (let k = slot + survivors; k < slot + tiles * TILE; k++) {
    store<f32>(plan.survivorSteps + (<usize>k << 2), 0);
    store<i32>(plan.survivorRays + (<usize>k << 2), 0);
  }
  return tiles;
}

/** Density and colour of the unit's tile t of survivors; activations are left at `tile`. */
export function colorTile(plan: Plan, unit: i32, t: i32, tile: usize): void {
  const first = unit * plan.unitCapacity + t * TILE;
  const hiddenBytes = <usize>plan.hiddenWidth * ROW;
  const colorInput = tile + scratch.colorInputAt;
  let at = plan.survivorTiles + <usize>(first / TILE) * scratch.encodedBytes;
  for (let l = 0; l < plan.densityLayers; l++) {
    const layer = layerAt(plan, l);
    const isLast = l == plan.densityLayers - 1;
    const to = isLast ? colorInput : tile + <usize>l * hiddenBytes;
    multiplyTile(layer.packed, at, to, layer.inputs, layer.outputs, isLast ? LINEAR : RELU, 0);
    at = to;
  }
  directionRows(plan, first, firstRayOf(plan, unit), colorInput + <usize>plan.densityOutputs * ROW);
  colorNetwork(plan, tile);
  const steps = plan.survivorSteps + (<usize>first << 2);
  const bias = f32x4.splat(plan.densityBias), top = f32x4.splat(MAX_LOG_DENSITY);
  for (let i: usize = 0; i < ROW; i += 16) {
    const depth = f32x4.mul(exp4(f32x4.pmin(f32x4.add(v128.load(colorInput + i), bias), top)), v128.load(steps + i));
    v128.store(tile + scratch.opticalDepthAt + i, depth);
    v128.store(tile + scratch.alphaAt + i, exp4(f32x4.neg(depth)));
  }
}

/** The colour network on a tile's input rows: red, green and blue, 0..1, are left at `colorOutAt`. */
export function colorNetwork(plan: Plan, tile: usize): void {
  const hiddenBytes = <usize>plan.hiddenWidth * ROW;
  const out = tile + scratch.colorOutAt;
  let at = tile + scratch.colorInputAt;
  for (let l = 0; l < plan.colorLayers; l++) {
    const layer = layerAt(plan, plan.densityLayers + l);
    const isLast = l == plan.colorLayers - 1;
    const to = isLast ? out : tile + scratch.colorHiddenAt + <usize>l * hiddenBytes;
    multiplyTile(layer.packed, at, to, layer.inputs, layer.outputs, isLast ? LINEAR : RELU, 0);
    at = to;
  }
  for (let i: usize = 0; i < 3 * ROW; i += 16) v128.store(out + i, sigmoid4(v128.load(out + i)));
}

/** Spherical harmonics and appearance of each sample's ray, as rows of the colour network's input. */
function directionRows(plan: Plan, first: i32, firstRay: i32, rows: usize): void {
  for (let k = 0; k < TILE; k++) directionColumn(plan, firstRay + load<i32>(plan.survivorRays + (<usize>(first + k) << 2)), rows + (<usize>k << 2));
}

/** Those of one sample on ray `ray`, one value a row. */
// @ts-ignore: decorator
@inline
export function directionColumn(plan: Plan, ray: i32, to: usize): void {
  const from = plan.harmonics + (<usize>ray << 6);
  for (let j: usize = 0; j < 64; j += 16) {
    const four = v128.load(from + j);
    v128.store32_lane(to, four, 0);
    v128.store32_lane(to, four, 1, ROW);
    v128.store32_lane(to, four, 2, 2 * ROW);
    v128.store32_lane(to, four, 3, 3 * ROW);
    to += 4 * ROW;
  }
  if (plan.appearanceSize == 0) return;
  const image = load<i32>(plan.images + (<usize>ray << 2));
  const vector = plan.appearance + (<usize>(image * plan.appearanceSize) << 2);
  for (let j = 0; j < plan.appearanceSize; j++) {
    store<f32>(to, image < 0 ? 0 : load<f32>(vector + (<usize>j << 2)));
    to += ROW;
  }
}

/** Adds `count` samples of a shaded tile to their rays' records, front to back. */
export function addTile(plan: Plan, unit: i32, t: i32, count: i32, tile: usize): void {
  const first = unit * plan.unitCapacity + t * TILE, firstRay = firstRayOf(plan, unit);
  for (let k = 0; k < count; k++) {
    const record = recordOf(plan, firstRay + load<i32>(plan.survivorRays + (<usize>(first + k) << 2)));
    const at = tile + (<usize>k << 2), out = at + scratch.colorOutAt;
    const alpha = load<f32>(at + scratch.alphaAt);
    const transmittance = record.transmittance, weight = transmittance * (<f32>1 - alpha);
    record.red += weight * load<f32>(out);
    record.green += weight * load<f32>(out, ROW);
    record.blue += weight * load<f32>(out, 2 * ROW);
    record.depth += weight * load<f32>(plan.survivorPositions + (<usize>(first + k) << 4), 12);
    record.transmittance = transmittance * alpha;
  }
}

/** Background and output of one ray; when training also its loss and the loss's gradient. @returns squared error x lossScale */
export function finishRay(plan: Plan, ray: i32, record: RayRecord): f64 {
  const transmittance = record.transmittance;
  let br = plan.backgroundR, bg = plan.backgroundG, bb = plan.backgroundB;
  if (plan.randomBackground) {
    br = uniformAt(plan.backgroundKey, <u32>ray * 3);
    bg = uniformAt(plan.backgroundKey, <u32>ray * 3 + 1);
    bb = uniformAt(plan.backgroundKey, <u32>ray * 3 + 2);
  }
  const red = record.red + transmittance * br;
  const green = record.green + transmittance * bg;
  const blue = record.blue + transmittance * bb;
  const color = plan.colors + (<usize>ray << 4);
  store<f32>(color, red); store<f32>(color, green, 4); store<f32>(color, blue, 8); store<f32>(color, transmittance, 12);
  if (plan.depths) store<f32>(plan.depths + (<usize>ray << 2), record.depth / (max(<f32>1 - transmittance, <f32>1e-6) * plan.boxScale));
  if (!plan.train) return 0;
  const pixel = plan.pixels + (<usize>ray << 4);
  const opacity = load<f32>(pixel, 12), clear = <f32>1 - opacity;
  const er = red - (load<f32>(pixel) * opacity + br * clear);
  const eg = green - (load<f32>(pixel, 4) * opacity + bg * clear);
  const eb = blue - (load<f32>(pixel, 8) * opacity + bb * clear);
  const factor = <f32>2 * plan.lossScale;
  record.redGradient = er * factor; record.greenGradient = eg * factor; record.blueGradient = eb * factor;
  record.remainder = (er * red + eg * green + eb * blue) * factor;
  record.transmittance = 1;
  return <f64>(er * er + eg * eg + eb * eb) * <f64>plan.lossScale;
}
