// Rendering rays, and training on them, tile by tile in one go: march, encode, density, composite, colour, loss, backward.
//
// A group of up to 128 rays advances in rounds. Each round takes the next samples of all rays that are still alive, computes their
// densities, and ends rays whose transmittance is used up - so nothing behind a surface is computed. Samples of negligible weight are
// left out; the others ("survivors") keep their encoding and go through colour, composite, loss and backward once all rays have ended.
import { encodeTiles, scatterTiles, Level } from './hashGrid';
import { beginWalk, walk, Walker } from './march';
import { LINEAR, RELU, RELU_GRADIENT, accumulateWeightGradient, multiplyTile, packWeights } from './mlp';
import { densityTile } from './occupancy';
import { Plan, layerAt } from './plan';
import { uniformAt } from './rng';
import * as scratch from './scratch';
import { ROW, TILE, exp4, sigmoid4 } from './simd';
import { sphericalHarmonics16 } from './sphericalHarmonics';

/** Densities above e^12 are as opaque as matters; keeps exp from overflowing. */
const MAX_LOG_DENSITY: f32 = 12;
const STATISTICS_BYTES: usize = 64;

let survivors: i32 = 0;
let overflow: bool = false;
let dropped: i32 = 0;
let marched: i32 = 0;

// @ts-ignore: decorator
@inline
function columnOf(tiles: usize, tileBytes: usize, sample: i32): usize {
  return tiles + <usize>(sample / TILE) * tileBytes + (<usize>(sample & (TILE - 1)) << 2);
}

/** Unit = rays [rays * unit / units, rays * (unit + 1) / units). */
export function renderRays(unit: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  scratch.useScratch(plan);
  const begin = <i32>(<i64>plan.rays * unit / plan.units), end = <i32>(<i64>plan.rays * (unit + 1) / plan.units);
  const gradients = plan.weightGradients + <usize>unit * plan.weightGradientBytes;
  if (plan.train) memory.fill(gradients, 0, plan.weightGradientBytes);
  let loss: f64 = 0;
  let kept = 0, total = 0;
  dropped = 0; marched = 0;
  let count = 0;
  for (let first = begin; first < end; first += count) {
    count = min(plan.groupRays, end - first);
    // A group whose survivors find no room is begun anew with half the rays.
    const before = marched;
    while (!marchGroup(plan, first, count) && count > 1) { count = (count + 1) >> 1; marched = before; }
    total += survivors;
    const tiles = (survivors + TILE - 1) / TILE;
    padLastTile(tiles);
    for (let t = 0; t < tiles; t++) colorTile(plan, t);
    loss += compositeGroup(plan, first, count);
    if (!plan.train) continue;
    if (kept + tiles * TILE > plan.unitCapacity) { dropped += survivors; continue; }
    for (let t = 0; t < tiles; t++) backwardTile(plan, gradients, unit, kept + t * TILE, t);
    kept += tiles * TILE;
  }
  const statistics = plan.statistics + <usize>unit * STATISTICS_BYTES;
  store<f64>(statistics, loss);
  store<f64>(statistics, marched, 8);
  store<f64>(statistics, total, 16);
  store<f64>(statistics, kept, 24);
  store<f64>(statistics, dropped, 32);
}

/** Rounds of marching and density until every ray has ended; collects the survivors. @returns false when they find no room */
function marchGroup(plan: Plan, firstRay: i32, count: i32): bool {
  survivors = 0;
  overflow = false;
  let living = 0;
  for (let r = 0; r < count; r++) {
    const walker = changetype<Walker>(scratch.walkers + <usize>r * 48);
    const ray = firstRay + r;
    beginWalk(plan, walker, ray, plan.jitter ? uniformAt(plan.jitterKey, ray) : <f32>0.5);
    sphericalHarmonics16(scratch.harmonics + (<usize>r << 6), walker.directionX, walker.directionY, walker.directionZ);
    if (walker.t < walker.end) store<i32>(scratch.alive + (<usize>(living++) << 2), r);
  }
  while (living > 0) {
    const limit = max(4, min(64, scratch.ROUND_SAMPLES / living));
    let samples = 0;
    for (let k = 0; k < living; k++) {
      const walker = walkerAt(k);
      walker.first = samples;
      walker.count = walk(plan, walker, limit, scratch.roundPositions + (<usize>samples << 4), scratch.roundSteps + (<usize>samples << 2));
      samples += walker.count;
    }
    if (samples == 0) return true;
    marched += samples;
    roundAlphas(plan, samples);
    let still = 0;
    for (let k = 0; k < living; k++) {
      const r = load<i32>(scratch.alive + (<usize>k << 2));
      if (collectSurvivors(plan, walkerAt(k), r)) store<i32>(scratch.alive + (<usize>(still++) << 2), r);
    }
    if (overflow) return false;
    living = still;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function walkerAt(k: i32): Walker {
  return changetype<Walker>(scratch.walkers + <usize>load<i32>(scratch.alive + (<usize>k << 2)) * 48);
}

/** Encodes the round's samples and computes their transmittances exp(-density * step). */
function roundAlphas(plan: Plan, samples: i32): void {
  encodeTiles(plan.levelTable, plan.gridLevels, plan.gridFeatures, plan.table, scratch.roundPositions, scratch.roundTiles, scratch.encodedBytes, samples);
  const bias = f32x4.splat(plan.densityBias), top = f32x4.splat(MAX_LOG_DENSITY);
  for (let first = 0; first < samples; first += TILE) {
    const raw = densityTile(plan, scratch.roundTiles + <usize>(first / TILE) * scratch.encodedBytes, scratch.hidden, 4);
    const at = <usize>first << 2;
    for (let i: usize = 0; i < ROW; i += 16) {
      const density = exp4(f32x4.min(f32x4.add(v128.load(raw + i), bias), top));
      v128.store(scratch.roundAlpha + at + i, exp4(f32x4.neg(f32x4.mul(density, v128.load(scratch.roundSteps + at + i)))));
    }
  }
}

/** Moves a ray's samples of weight >= minWeight to the survivors. @returns whether the ray goes on */
function collectSurvivors(plan: Plan, walker: Walker, r: i32): bool {
  let transmittance = walker.transmittance;
  const rows = plan.encoded;
  for (let i = walker.first; i < walker.first + walker.count; i++) {
    const alpha = load<f32>(scratch.roundAlpha + (<usize>i << 2));
    const weight = transmittance * (<f32>1 - alpha);
    transmittance *= alpha;
    if (weight >= plan.minWeight) {
      if (survivors == plan.groupCapacity) { overflow = true; return false; }
      const to = survivors++;
      v128.store(scratch.positions + (<usize>to << 4), v128.load(scratch.roundPositions + (<usize>i << 4)));
      store<f32>(scratch.steps + (<usize>to << 2), load<f32>(scratch.roundSteps + (<usize>i << 2)));
      store<i32>(scratch.rays + (<usize>to << 2), r);
      let source = columnOf(scratch.roundTiles, scratch.encodedBytes, i), target = columnOf(scratch.encodings, scratch.encodedBytes, to);
      for (let row = 0; row < rows; row++) {
        store<f32>(target, load<f32>(source));
        source += ROW; target += ROW;
      }
    }
    if (transmittance < plan.minTransmittance) return false;
  }
  walker.transmittance = transmittance;
  return walker.t < walker.end;
}

/** Fills the last tile with samples of no length, on no ray's account. */
function padLastTile(tiles: i32): void {
  for (let k = survivors; k < tiles * TILE; k++) {
    store<f32>(scratch.steps + (<usize>k << 2), 0);
    store<i32>(scratch.rays + (<usize>k << 2), 0);
    store<f32>(scratch.positions + (<usize>k << 4), -1, 12);
  }
}

/** Density and colour of one tile of survivors, activations kept. */
function colorTile(plan: Plan, t: i32): void {
  const tile = scratch.activations + <usize>t * scratch.activationBytes;
  const hiddenBytes = <usize>plan.hiddenWidth * ROW;
  const colorInput = tile + scratch.colorInputAt, out = tile + scratch.colorOutAt;
  let at = scratch.encodings + <usize>t * scratch.encodedBytes;
  for (let l = 0; l < plan.densityLayers; l++) {
    const layer = layerAt(plan, l);
    const isLast = l == plan.densityLayers - 1;
    const to = isLast ? colorInput : tile + <usize>l * hiddenBytes;
    multiplyTile(layer.packed, at, to, layer.inputs, layer.outputs, isLast ? LINEAR : RELU, 0);
    at = to;
  }
  directionRows(plan, t, colorInput + <usize>plan.densityOutputs * ROW);
  at = colorInput;
  for (let l = 0; l < plan.colorLayers; l++) {
    const layer = layerAt(plan, plan.densityLayers + l);
    const isLast = l == plan.colorLayers - 1;
    const to = isLast ? out : tile + scratch.colorHiddenAt + <usize>l * hiddenBytes;
    multiplyTile(layer.packed, at, to, layer.inputs, layer.outputs, isLast ? LINEAR : RELU, 0);
    at = to;
  }
  const base = <usize>t * ROW, bias = f32x4.splat(plan.densityBias), top = f32x4.splat(MAX_LOG_DENSITY);
  for (let i: usize = 0; i < ROW; i += 16) {
    const depth = f32x4.mul(exp4(f32x4.min(f32x4.add(v128.load(colorInput + i), bias), top)), v128.load(scratch.steps + base + i));
    v128.store(scratch.opticalDepths + base + i, depth);
    v128.store(scratch.alphas + base + i, exp4(f32x4.neg(depth)));
    v128.store(out + i, sigmoid4(v128.load(out + i)));
    v128.store(out + ROW + i, sigmoid4(v128.load(out + ROW + i)));
    v128.store(out + 2 * ROW + i, sigmoid4(v128.load(out + 2 * ROW + i)));
  }
}

/** Spherical harmonics and appearance of each sample's ray, as rows of the colour network's input. */
function directionRows(plan: Plan, t: i32, rows: usize): void {
  for (let k = 0; k < TILE; k++) {
    const r = load<i32>(scratch.rays + (<usize>(t * TILE + k) << 2));
    let to = rows + (<usize>k << 2);
    const from = scratch.harmonics + (<usize>r << 6);
    for (let j: usize = 0; j < 64; j += 4) {
      store<f32>(to, load<f32>(from + j));
      to += ROW;
    }
    if (plan.appearanceSize == 0) continue;
    const image = load<i32>(plan.images + (<usize>changetype<Walker>(scratch.walkers + <usize>r * 48).ray << 2));
    const vector = plan.appearance + (<usize>(image * plan.appearanceSize) << 2);
    for (let j = 0; j < plan.appearanceSize; j++) {
      store<f32>(to, image < 0 ? 0 : load<f32>(vector + (<usize>j << 2)));
      to += ROW;
    }
  }
}

/** Colours of the group's rays; when training also the loss and the gradients of colours and densities. @returns sum of squared errors x lossScale */
function compositeGroup(plan: Plan, firstRay: i32, count: i32): f64 {
  const records = scratch.rayRecords;
  memory.fill(records, 0, <usize>count * scratch.RAY_BYTES);
  for (let r = 0; r < count; r++) store<f32>(records + <usize>r * scratch.RAY_BYTES, 1);
  for (let k = 0; k < survivors; k++) {
    const record = records + <usize>load<i32>(scratch.rays + (<usize>k << 2)) * scratch.RAY_BYTES;
    const out = columnOf(scratch.activations, scratch.activationBytes, k) + scratch.colorOutAt;
    const alpha = load<f32>(scratch.alphas + (<usize>k << 2));
    const transmittance = load<f32>(record), weight = transmittance * (<f32>1 - alpha);
    store<f32>(record, load<f32>(record, 4) + weight * load<f32>(out), 4);
    store<f32>(record, load<f32>(record, 8) + weight * load<f32>(out, ROW), 8);
    store<f32>(record, load<f32>(record, 12) + weight * load<f32>(out, 2 * ROW), 12);
    store<f32>(record, load<f32>(record, 16) + weight * load<f32>(scratch.positions + (<usize>k << 4), 12), 16);
    store<f32>(record, transmittance * alpha);
  }
  let loss: f64 = 0;
  for (let r = 0; r < count; r++) loss += finishRay(plan, firstRay + r, records + <usize>r * scratch.RAY_BYTES);
  if (plan.train) gradientsOfSamples(plan);
  return loss;
}

/** Background, output, loss and its gradient for one ray. */
function finishRay(plan: Plan, ray: i32, record: usize): f64 {
  const transmittance = load<f32>(record);
  let br = plan.backgroundR, bg = plan.backgroundG, bb = plan.backgroundB;
  if (plan.randomBackground) {
    br = uniformAt(plan.backgroundKey, <u32>ray * 3);
    bg = uniformAt(plan.backgroundKey, <u32>ray * 3 + 1);
    bb = uniformAt(plan.backgroundKey, <u32>ray * 3 + 2);
  }
  const red = load<f32>(record, 4) + transmittance * br;
  const green = load<f32>(record, 8) + transmittance * bg;
  const blue = load<f32>(record, 12) + transmittance * bb;
  const color = plan.colors + (<usize>ray << 4);
  store<f32>(color, red); store<f32>(color, green, 4); store<f32>(color, blue, 8); store<f32>(color, transmittance, 12);
  if (plan.depths) store<f32>(plan.depths + (<usize>ray << 2), load<f32>(record, 16) / (max(<f32>1 - transmittance, <f32>1e-6) * plan.boxScale));
  if (!plan.train) return 0;
  const pixel = plan.pixels + (<usize>ray << 4);
  const opacity = load<f32>(pixel, 12), clear = <f32>1 - opacity;
  const er = red - (load<f32>(pixel) * opacity + br * clear);
  const eg = green - (load<f32>(pixel, 4) * opacity + bg * clear);
  const eb = blue - (load<f32>(pixel, 8) * opacity + bb * clear);
  const factor = <f32>2 * plan.lossScale;
  store<f32>(record, er * factor, 20); store<f32>(record, eg * factor, 24); store<f32>(record, eb * factor, 28);
  store<f32>(record, (er * red + eg * green + eb * blue) * factor, 32);
  store<f32>(record, 1);
  return <f64>(er * er + eg * eg + eb * eb) * <f64>plan.lossScale;
}

/**
 * d loss / d (raw colour) and d loss / d (raw density) of each survivor, in front-to-back order per ray:
 * dL/d(density_k step_k) = T_{k+1} g.c_k - sum_{j > k} w_j g.c_j (background included), with g = dL/dC.
 */
function gradientsOfSamples(plan: Plan): void {
  const padded = (survivors + TILE - 1) & ~(TILE - 1);
  for (let k = 0; k < padded; k++) {
    const tile = columnOf(scratch.activations, scratch.activationBytes, k);
    const to = tile + scratch.colorGradientAt;
    store<f32>(to, 0, 3 * ROW);
    if (k >= survivors) {
      store<f32>(to, 0); store<f32>(to, 0, ROW); store<f32>(to, 0, 2 * ROW);
      store<f32>(tile + scratch.densityGradientAt, 0);
      continue;
    }
    const record = scratch.rayRecords + <usize>load<i32>(scratch.rays + (<usize>k << 2)) * scratch.RAY_BYTES;
    const out = tile + scratch.colorOutAt;
    const gr = load<f32>(record, 20), gg = load<f32>(record, 24), gb = load<f32>(record, 28);
    const red = load<f32>(out), green = load<f32>(out, ROW), blue = load<f32>(out, 2 * ROW);
    const alpha = load<f32>(scratch.alphas + (<usize>k << 2));
    const transmittance = load<f32>(record), weight = transmittance * (<f32>1 - alpha), after = transmittance * alpha;
    const dot = gr * red + gg * green + gb * blue;
    const remainder = load<f32>(record, 32) - weight * dot;
    store<f32>(record, after);
    store<f32>(record, remainder, 32);
    store<f32>(to, weight * gr * red * (<f32>1 - red));
    store<f32>(to, weight * gg * green * (<f32>1 - green), ROW);
    store<f32>(to, weight * gb * blue * (<f32>1 - blue), 2 * ROW);
    store<f32>(tile + scratch.densityGradientAt, load<f32>(scratch.opticalDepths + (<usize>k << 2)) * (after * dot - remainder));
  }
}

/** Backward through both networks for one tile; the encoding's gradient and the positions go to the unit's survivors. */
function backwardTile(plan: Plan, gradients: usize, unit: i32, kept: i32, t: i32): void {
  const tile = scratch.activations + <usize>t * scratch.activationBytes;
  const hiddenBytes = <usize>plan.hiddenWidth * ROW;
  const colorInput = tile + scratch.colorInputAt;
  let dy = tile + scratch.colorGradientAt;
  let spare = scratch.gradientA, other = scratch.gradientB;
  for (let l = plan.colorLayers - 1; l >= 0; l--) {
    const layer = layerAt(plan, plan.densityLayers + l);
    const x = l == 0 ? colorInput : tile + scratch.colorHiddenAt + <usize>(l - 1) * hiddenBytes;
    accumulateWeightGradient(dy, x, gradients + layer.gradientOffset, layer.inputs, layer.outputs);
    const wanted = l > 0 || plan.appearanceSize > 0 ? layer.inputs : plan.densityOutputs;
    multiplyTile(layer.packedTransposed, dy, spare, layer.outputs, wanted, l > 0 ? RELU_GRADIENT : LINEAR, x);
    dy = spare; spare = other; other = dy;
  }
  if (plan.appearanceSize > 0) appearanceGradients(plan, t, dy + <usize>(plan.densityOutputs + 16) * ROW);
  const densityGradient = tile + scratch.densityGradientAt;
  for (let i: usize = 0; i < ROW; i += 16) v128.store(dy + i, f32x4.add(v128.load(dy + i), v128.load(densityGradient + i)));
  const slot = <usize>(unit * plan.unitCapacity + kept);
  const target = plan.survivorGradients + (slot / TILE) * scratch.encodedBytes;
  for (let l = plan.densityLayers - 1; l >= 0; l--) {
    const layer = layerAt(plan, l);
    const x = l == 0 ? scratch.encodings + <usize>t * scratch.encodedBytes : tile + <usize>(l - 1) * hiddenBytes;
    accumulateWeightGradient(dy, x, gradients + layer.gradientOffset, layer.inputs, layer.outputs);
    if (l == 0) { multiplyTile(layer.packedTransposed, dy, target, layer.outputs, layer.inputs, LINEAR, 0); break; }
    multiplyTile(layer.packedTransposed, dy, spare, layer.outputs, layer.inputs, RELU_GRADIENT, x);
    dy = spare; spare = other; other = dy;
  }
  memory.copy(plan.survivorPositions + (slot << 4), scratch.positions + (<usize>(t * TILE) << 4), TILE * 16);
}

/** Adds the samples' gradients of the appearance rows to their rays. */
function appearanceGradients(plan: Plan, t: i32, rows: usize): void {
  const size = plan.appearanceSize;
  for (let k = 0; k < TILE; k++) {
    if (t * TILE + k >= survivors) return;
    const r = load<i32>(scratch.rays + (<usize>(t * TILE + k) << 2));
    const to = plan.appearanceGradients + (<usize>(changetype<Walker>(scratch.walkers + <usize>r * 48).ray * size) << 2);
    for (let j = 0; j < size; j++) {
      const at = to + (<usize>j << 2);
      store<f32>(at, load<f32>(at) + load<f32>(rows + <usize>j * ROW + (<usize>k << 2)));
    }
  }
}

/** Unit = grid level, finest first: the gradient of the table from all units' survivors, written anew. */
export function gridGradient(unit: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  const l = plan.gridLevels - 1 - unit;
  const level = changetype<Level>(plan.levelTable + (<usize>l << 5));
  const entryBytes = <usize>plan.gridFeatures << 2, tileBytes = <usize>plan.encoded * ROW;
  memory.fill(plan.gridGradient + <usize>level.firstEntry * entryBytes, 0, <usize>level.entries * entryBytes);
  for (let u = 0; u < plan.units; u++) {
    const count = <i32>load<f64>(plan.statistics + <usize>u * STATISTICS_BYTES, 24);
    const slot = <usize>(u * plan.unitCapacity);
    scatterTiles(level, plan.gridFeatures, plan.gridGradient, plan.survivorPositions + (slot << 4), plan.survivorGradients + (slot / TILE) * tileBytes, tileBytes, <usize>(l * plan.gridFeatures) * ROW, count);
  }
}

/** Unit = layer: gradient [inputs, trueOutputs] at `targets[unit]` = sum over the rendering units, in order. */
export function networkGradient(unit: i32, address: usize, targets: usize): void {
  const plan = changetype<Plan>(address);
  const layer = layerAt(plan, unit);
  const target = <usize>load<u32>(targets + (<usize>unit << 2));
  const inputs = layer.inputs, outputs = layer.trueOutputs;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) {
      let at = plan.weightGradients + layer.gradientOffset + (<usize>(o * inputs + i) << 2);
      let sum: f32 = 0;
      for (let u = 0; u < plan.units; u++) {
        sum += load<f32>(at);
        at += plan.weightGradientBytes;
      }
      store<f32>(target + (<usize>(i * outputs + o) << 2), sum);
    }
}

/** Unit = layer: packs its weights for the kernels. */
export function packNetwork(unit: i32, address: usize): void {
  const layer = layerAt(changetype<Plan>(address), unit);
  packWeights(layer.weights, layer.packed, layer.inputs, layer.trueOutputs, 0);
  packWeights(layer.weights, layer.packedTransposed, layer.inputs, layer.trueOutputs, 1);
}
