// A bias-free multilayer perceptron as a tensor operation: tiles of 64 samples go through all layers while they lie in cache.
// Backward computes a tile's hidden values again unless the forward pass kept them.
import { accumulateWeightGradient, LINEAR, multiplyTile, RELU as TILE_RELU, RELU_GRADIENT } from './mlp';
import { activate, activationGradient, NONE, RELU } from './opsActivations';
import { rowsToTile, tileToRows } from './transpose';
import { ROW, TILE } from './simd';
import { threadIndex } from './thread';

/** One call; written by src/tensors/ops/mlpCall.ts. */
@unmanaged
export class MlpCall {
  layers: usize;
  layerCount: i32;
  samples: i32;
  /** Work units; backward has one slot of weight gradients for each. */
  units: i32;
  hiddenActivation: i32;
  outputActivation: i32;
  /** Of leaky ReLU, below 0. */
  slope: f32;
  /** [samples, inputs], [samples, outputs] and their gradients; dx 0: not wanted. */
  x: usize;
  y: usize;
  dy: usize;
  dx: usize;
  /** [tiles][hiddenBytes]: hidden values that forward keeps for backward; 0: computed again. */
  kept: usize;
  hiddenBytes: usize;
  /** Rows of the widest layer, a multiple of 4. */
  widest: i32;
  /** A block of (4 * widest rows + hiddenBytes) for each thread. */
  scratch: usize;
  scratchBytes: usize;
  slots: usize;
  slotBytes: usize;
}

/** One layer. */
@unmanaged
export class Dense {
  inputs: i32;
  outputs: i32;
  /** [inputs, outputs], and both packings of it. */
  weights: usize;
  packed: usize;
  packedTransposed: usize;
  /** Where its outputs begin among a tile's hidden values. */
  outputAt: usize;
  /** Where its gradient [inputs, outputs], both padded to multiples of 4, begins in a slot. */
  gradientAt: usize;
  /** The gradient of the weights. */
  gradient: usize;
}

// @ts-ignore: decorator
@inline
function layerAt(call: MlpCall, index: i32): Dense {
  return changetype<Dense>(call.layers + <usize>index * offsetof<Dense>());
}

// @ts-ignore: decorator
@inline
function padded(n: i32): i32 {
  return (n + 3) & ~3;
}

// @ts-ignore: decorator
@inline
function weightOrZero(layer: Dense, i: i32, o: i32): f32 {
  return i < layer.inputs && o < layer.outputs ? load<f32>(layer.weights + (<usize>(i * layer.outputs + o) << 2)) : 0;
}

/** Unit = layer: packs weights in blocks of 4 outputs [output / 4][input][4], and the transpose [input / 4][output][4], padded with 0. */
export function opMlpPack(unit: i32, address: usize): void {
  const layer = layerAt(changetype<MlpCall>(address), unit);
  const inputs = padded(layer.inputs), outputs = padded(layer.outputs);
  let to = layer.packed;
  for (let block = 0; block < outputs; block += 4)
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < 4; k++, to += 4) store<f32>(to, weightOrZero(layer, i, block + k));
  to = layer.packedTransposed;
  for (let block = 0; block < inputs; block += 4)
    for (let o = 0; o < outputs; o++)
      for (let k = 0; k < 4; k++, to += 4) store<f32>(to, weightOrZero(layer, block + k, o));
}

/** A layer of one tile. */
// @ts-ignore: decorator
@inline
function forwardLayer(layer: Dense, from: usize, to: usize, activation: i32, slope: f32): void {
  const outputs = padded(layer.outputs);
  multiplyTile(layer.packed, from, to, padded(layer.inputs), outputs, activation == RELU ? TILE_RELU : LINEAR, 0);
  if (activation > RELU) activate(to, <usize>outputs * ROW, activation, slope);
}

/** The hidden layers of the tile whose inputs lie in `x`. */
function hiddenLayers(call: MlpCall, x: usize, hidden: usize): void {
  let from = x;
  for (let l = 0; l < call.layerCount - 1; l++) {
    const layer = layerAt(call, l);
    const to = hidden + layer.outputAt;
    forwardLayer(layer, from, to, call.hiddenActivation, call.slope);
    from = to;
  }
}

/** First tile of a unit: tiles are shared out evenly, by their number alone. */
// @ts-ignore: decorator
@inline
function firstTile(call: MlpCall, unit: i32): i32 {
  return <i32>(<i64>((call.samples + TILE - 1) / TILE) * unit / call.units);
}

/** Unit = a range of tiles: y = network(x). */
export function opMlpForward(unit: i32, address: usize): void {
  const call = changetype<MlpCall>(address);
  const widestBytes = <usize>call.widest * ROW;
  const x = call.scratch + <usize>threadIndex() * call.scratchBytes, y = x + widestBytes;
  const first = layerAt(call, 0), last = layerAt(call, call.layerCount - 1);
  const end = firstTile(call, unit + 1);
  for (let t = firstTile(call, unit); t < end; t++) {
    const sample = t * TILE, count = min(TILE, call.samples - sample);
    const hidden = call.kept ? call.kept + <usize>t * call.hiddenBytes : x + 4 * widestBytes;
    rowsToTile(call.x + (<usize>(sample * first.inputs) << 2), x, first.inputs, padded(first.inputs), count);
    hiddenLayers(call, x, hidden);
    const from = call.layerCount == 1 ? x : hidden + layerAt(call, call.layerCount - 2).outputAt;
    forwardLayer(last, from, y, call.outputActivation, call.slope);
    tileToRows(y, call.y + (<usize>(sample * last.outputs) << 2), last.outputs, count);
  }
}

/** Unit = a range of tiles and a slot: gradients of the inputs, and of the weights summed over the range. */
export function opMlpBackward(unit: i32, address: usize): void {
  const call = changetype<MlpCall>(address);
  const widestBytes = <usize>call.widest * ROW;
  const x = call.scratch + <usize>threadIndex() * call.scratchBytes, y = x + widestBytes;
  const slot = call.slots + <usize>unit * call.slotBytes;
  memory.fill(slot, 0, call.slotBytes);
  const first = layerAt(call, 0), last = layerAt(call, call.layerCount - 1);
  const outputs = padded(last.outputs);
  const end = firstTile(call, unit + 1);
  for (let t = firstTile(call, unit); t < end; t++) {
    const sample = t * TILE, count = min(TILE, call.samples - sample);
    rowsToTile(call.x + (<usize>(sample * first.inputs) << 2), x, first.inputs, padded(first.inputs), count);
    let hidden = x + 4 * widestBytes;
    if (call.kept) hidden = call.kept + <usize>t * call.hiddenBytes;
    else hiddenLayers(call, x, hidden);
    let dy = x + 2 * widestBytes, spare = x + 3 * widestBytes;
    const at = <usize>(sample * last.outputs) << 2;
    rowsToTile(call.dy + at, dy, last.outputs, outputs, count);
    if (call.outputActivation != NONE) {
      rowsToTile(call.y + at, y, last.outputs, outputs, count);
      activationGradient(dy, y, <usize>outputs * ROW, call.outputActivation, call.slope);
    }
    for (let l = call.layerCount - 1; l >= 0; l--) {
      const layer = layerAt(call, l);
      const inputs = padded(layer.inputs), width = padded(layer.outputs);
      const values = l == 0 ? x : hidden + layerAt(call, l - 1).outputAt;
      tileToRows(dy, y, width, TILE);
      accumulateWeightGradient(values, y, slot + layer.gradientAt, inputs, width);
      if (l == 0 && !call.dx) break;
      const fused = l > 0 && call.hiddenActivation == RELU;
      multiplyTile(layer.packedTransposed, dy, spare, width, inputs, fused ? RELU_GRADIENT : LINEAR, values);
      if (l > 0 && !fused) activationGradient(spare, values, <usize>inputs * ROW, call.hiddenActivation, call.slope);
      const other = dy;
      dy = spare; spare = other;
    }
    if (call.dx) tileToRows(dy, call.dx + (<usize>(sample * first.inputs) << 2), first.inputs, count);
  }
}

/** Unit = 16 rows of one layer's weights, layer after layer: their gradient is the sum of all slots, in order. */
export function opMlpSumSlots(unit: i32, address: usize): void {
  const call = changetype<MlpCall>(address);
  let l = 0, block = unit;
  for (;;) {
    const blocks = (layerAt(call, l).inputs + 15) >> 4;
    if (block < blocks) break;
    block -= blocks;
    l++;
  }
  const layer = layerAt(call, l);
  const rowBytes = <usize>padded(layer.outputs) << 2;
  const end = min(layer.inputs, (block + 1) << 4);
  for (let i = block << 4; i < end; i++) {
    const from = call.slots + layer.gradientAt + <usize>i * rowBytes;
    const to = layer.gradient + (<usize>(i * layer.outputs) << 2);
    for (let o = 0; o < layer.outputs; o++) {
      let at = from + (<usize>o << 2);
      let sum: f32 = 0;
      for (let u = 0; u < call.units; u++, at += call.slotBytes) sum += load<f32>(at);
      store<f32>(to + (<usize>o << 2), sum);
    }
  }
}
