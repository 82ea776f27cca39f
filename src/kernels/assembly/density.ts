// The density network on a tile of encoded samples.
import { LINEAR, RELU, multiplyTile } from './mlp';
import { Plan, layerAt } from './plan';
import { ROW } from './simd';

/** Densities above e^12 are as opaque as matters; keeps exp from overflowing. */
export const MAX_LOG_DENSITY: f32 = 12;

/** Density network on one tile. @returns address of the last layer's output rows; `outputs` of them (a multiple of 4) */
export function densityTile(plan: Plan, x: usize, hidden: usize, outputs: i32): usize {
  const hiddenBytes = <usize>plan.hiddenWidth * ROW;
  let at = x;
  for (let l = 0; l < plan.densityLayers; l++) {
    const layer = layerAt(plan, l);
    const isLast = l == plan.densityLayers - 1;
    multiplyTile(layer.packed, at, hidden, layer.inputs, isLast ? outputs : layer.outputs, isLast ? LINEAR : RELU, 0);
    at = hidden;
    hidden += hiddenBytes;
  }
  return at;
}
