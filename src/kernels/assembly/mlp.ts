// Small dense layers on tiles of 64 samples. Weights are packed in blocks of 4 outputs: packed[output / 4][input][4].
import { addOuterProducts4x4, addOuterProducts4x8, multiplyTileNarrow } from './mlpNarrow';
import { addOuterProducts4x16, multiplyTileWide } from './mlpWide';
import { ROW } from './simd';

export * from './mlpActivations';

/**
 * packed[o / 4][i][4] from weights [inputs, outputs] row-major; rows beyond `outputs` (up to a multiple of 4) are 0.
 * With `transposed`, packs the transpose instead: packed[i / 4][o][4], for the gradient of the input; there o runs to the padded number of outputs.
 */
export function packWeights(weights: usize, packed: usize, inputs: i32, outputs: i32, transposed: i32): void {
  const padded = (outputs + 3) & ~3;
  if (transposed) {
    for (let block = 0; block < inputs; block += 4)
      for (let o = 0; o < padded; o++)
        for (let k = 0; k < 4; k++) {
          store<f32>(packed, o < outputs ? load<f32>(weights + (<usize>((block + k) * outputs + o) << 2)) : 0);
          packed += 4;
        }
    return;
  }
  for (let block = 0; block < padded; block += 4)
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < 4; k++) {
        const o = block + k;
        store<f32>(packed, o < outputs ? load<f32>(weights + (<usize>(i * outputs + o) << 2)) : 0);
        packed += 4;
      }
}

/**
 * y[o][s] = activation(sum_i packed[o][i] x[i][s]); `outputs` is a multiple of 4.
 * @param mask tile [outputs][64] for RELU_GRADIENT
 */
// @ts-ignore: decorator
@inline
export function multiplyTile(packed: usize, x: usize, y: usize, inputs: i32, outputs: i32, activation: i32, mask: usize): void {
  if (WIDE) multiplyTileWide(packed, x, y, inputs, outputs, activation, mask);
  else multiplyTileNarrow(packed, x, y, inputs, outputs, activation, mask);
}

/**
 * dW[i][o] += sum_s x[i][s] dy[s][o]: the outer products of all samples, one after the other. Inputs and outputs are multiples of 4.
 * @param dy rows of samples [64][outputs]: a transposed tile (transpose.ts)
 * @param dW row-major [inputs, outputs]
 */
export function accumulateWeightGradient(x: usize, dy: usize, dW: usize, inputs: i32, outputs: i32): void {
  const stride = <usize>outputs << 2;
  for (let i = 0; i < inputs; i += 4) {
    let o: usize = 0;
    if (WIDE) for (; o + 64 <= stride; o += 64) addOuterProducts4x16(x, dy + o, dW + o, stride);
    for (; o + 32 <= stride; o += 32) addOuterProducts4x8(x, dy + o, dW + o, stride);
    if (o < stride) addOuterProducts4x4(x, dy + o, dW + o, stride);
    x += 4 * ROW; dW += 4 * stride;
  }
}
