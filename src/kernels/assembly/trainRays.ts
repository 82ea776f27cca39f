// Training on the survivors that the rounds left (advanceRays.ts): colour, composite, loss and backward through both networks, tile by tile.
import { LINEAR, RELU_GRADIENT, accumulateWeightGradient, multiplyTile } from './mlp';
import { tileToRows } from './transpose';
import { Plan, UnitState, firstRayOf, layerAt, unitStateAt } from './plan';
import * as scratch from './scratch';
import { addTile, colorTile, finishRay, padLastTile, recordOf } from './shade';
import { ROW, TILE, columnOf } from './simd';

/** Piece = a slot of weight gradients, and the units of rays whose gradients go there, in order. */
export function trainRays(slot: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  scratch.useScratch(plan);
  const gradients = plan.weightGradients + <usize>slot * plan.weightGradientBytes;
  memory.fill(gradients, 0, plan.weightGradientBytes);
  const end = plan.units * (slot + 1) / plan.slots;
  for (let unit = plan.units * slot / plan.slots; unit < end; unit++) trainUnit(plan, unit, gradients);
}

/** Colours, loss and gradients of a unit's rays; the survivors' encodings are replaced by their gradients. */
function trainUnit(plan: Plan, unit: i32, gradients: usize): void {
  const state = unitStateAt(plan, unit);
  const tiles = padLastTile(plan, unit, state.survivors);
  for (let t = 0; t < tiles; t++) {
    const tile = scratch.activations + <usize>t * scratch.activationBytes;
    colorTile(plan, unit, t, tile);
    addTile(plan, unit, t, min(TILE, state.survivors - t * TILE), tile);
  }
  const end = firstRayOf(plan, unit + 1);
  for (let ray = firstRayOf(plan, unit); ray < end; ray++) state.loss += finishRay(plan, ray, recordOf(plan, ray));
  gradientsOfSamples(plan, unit, state);
  for (let t = 0; t < tiles; t++) backwardTile(plan, gradients, unit, t, min(TILE, state.survivors - t * TILE));
  state.allSurvivors = state.survivors;
}

/**
 * d loss / d (raw colour) and d loss / d (raw density) of each survivor, in front-to-back order per ray:
 * dL/d(density_k step_k) = T_{k+1} g.c_k - sum_{j > k} w_j g.c_j (background included), with g = dL/dC. Before the camera both are scaled by
 * the square of the distance (Philip and Deschaintre 2023): what is near is sampled by few cameras, but by so many of their rays.
 */
function gradientsOfSamples(plan: Plan, unit: i32, state: UnitState): void {
  const padded = (state.survivors + TILE - 1) & ~(TILE - 1), rays = plan.survivorRays + (<usize>(unit * plan.unitCapacity) << 2);
  const firstRay = firstRayOf(plan, unit), scaling = plan.gradientScaling;
  const positions = plan.survivorPositions + (<usize>(unit * plan.unitCapacity) << 4);
  for (let k = 0; k < padded; k++) {
    const tile = columnOf(scratch.activations, scratch.activationBytes, k);
    const to = tile + scratch.colorGradientAt;
    store<f32>(to, 0, 3 * ROW);
    if (k >= state.survivors) {
      store<f32>(to, 0); store<f32>(to, 0, ROW); store<f32>(to, 0, 2 * ROW);
      store<f32>(tile + scratch.densityGradientAt, 0);
      continue;
    }
    const record = recordOf(plan, firstRay + load<i32>(rays + (<usize>k << 2)));
    const out = tile + scratch.colorOutAt;
    const gr = record.redGradient, gg = record.greenGradient, gb = record.blueGradient;
    const red = load<f32>(out), green = load<f32>(out, ROW), blue = load<f32>(out, 2 * ROW);
    const alpha = load<f32>(tile + scratch.alphaAt);
    const transmittance = record.transmittance, weight = transmittance * (<f32>1 - alpha), after = transmittance * alpha;
    const dot = gr * red + gg * green + gb * blue;
    const remainder = record.remainder - weight * dot;
    record.transmittance = after;
    record.remainder = remainder;
    const near: f32 = scaling > 0 ? min<f32>(load<f32>(positions + (<usize>k << 4), 12) * scaling, 1) : 1, share = near * near;
    const color = share * weight;
    store<f32>(to, color * gr * red * (<f32>1 - red));
    store<f32>(to, color * gg * green * (<f32>1 - green), ROW);
    store<f32>(to, color * gb * blue * (<f32>1 - blue), 2 * ROW);
    store<f32>(tile + scratch.densityGradientAt, share * load<f32>(tile + scratch.opticalDepthAt) * (after * dot - remainder));
  }
}

/** Backward through both networks for one tile; the encoding's gradient replaces the encoding. */
function backwardTile(plan: Plan, gradients: usize, unit: i32, t: i32, count: i32): void {
  const tile = scratch.activations + <usize>t * scratch.activationBytes;
  const hiddenBytes = <usize>plan.hiddenWidth * ROW;
  const colorInput = tile + scratch.colorInputAt;
  let dy = tile + scratch.colorGradientAt;
  let spare = scratch.gradientA, other = scratch.gradientB;
  for (let l = plan.colorLayers - 1; l >= 0; l--) {
    const layer = layerAt(plan, plan.densityLayers + l);
    const x = l == 0 ? colorInput : tile + scratch.colorHiddenAt + <usize>(l - 1) * hiddenBytes;
    tileToRows(dy, scratch.rows, layer.outputs, TILE);
    accumulateWeightGradient(x, scratch.rows, gradients + layer.gradientOffset, layer.inputs, layer.outputs);
    const wanted = l > 0 || plan.appearanceSize > 0 ? layer.inputs : plan.densityOutputs;
    multiplyTile(layer.packedTransposed, dy, spare, layer.outputs, wanted, l > 0 ? RELU_GRADIENT : LINEAR, x);
    dy = spare; spare = other; other = dy;
  }
  if (plan.appearanceSize > 0) appearanceGradients(plan, unit, t, count, dy + <usize>(plan.densityOutputs + 16) * ROW);
  const densityGradient = tile + scratch.densityGradientAt;
  for (let i: usize = 0; i < ROW; i += 16) v128.store(dy + i, f32x4.add(v128.load(dy + i), v128.load(densityGradient + i)));
  const encoding = plan.survivorTiles + <usize>(unit * plan.unitCapacity / TILE + t) * scratch.encodedBytes;
  for (let l = plan.densityLayers - 1; l >= 0; l--) {
    const layer = layerAt(plan, l);
    const x = l == 0 ? encoding : tile + <usize>(l - 1) * hiddenBytes;
    tileToRows(dy, scratch.rows, layer.outputs, TILE);
    accumulateWeightGradient(x, scratch.rows, gradients + layer.gradientOffset, layer.inputs, layer.outputs);
    if (l == 0) { multiplyTile(layer.packedTransposed, dy, encoding, layer.outputs, layer.inputs, LINEAR, 0); break; }
    multiplyTile(layer.packedTransposed, dy, spare, layer.outputs, layer.inputs, RELU_GRADIENT, x);
    dy = spare; spare = other; other = dy;
  }
}

/** Adds the gradients of a tile's first `count` samples of the appearance rows to their rays. */
function appearanceGradients(plan: Plan, unit: i32, t: i32, count: i32, rows: usize): void {
  const size = plan.appearanceSize, firstRay = firstRayOf(plan, unit), first = unit * plan.unitCapacity + t * TILE;
  for (let k = 0; k < count; k++) {
    const ray = firstRay + load<i32>(plan.survivorRays + (<usize>(first + k) << 2));
    const to = plan.appearanceGradients + (<usize>(ray * size) << 2);
    for (let j = 0; j < size; j++) {
      const at = to + (<usize>j << 2);
      store<f32>(at, load<f32>(at) + load<f32>(rows + <usize>j * ROW + (<usize>k << 2)));
    }
  }
}
