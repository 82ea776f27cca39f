// What one training call leaves: gradients of the hash grid's table and of the networks, summed over the units in a fixed order; and the packing of weights.
import { scatterTiles } from './hashGrid';
import { Level } from './level';
import { packWeights } from './mlp';
import { Plan, layerAt, unitStateAt } from './plan';
import { ROW, TILE } from './simd';
import { store4 } from './vectors';

/** Unit = grid level, finest first: the gradient of the table from all units' survivors, written anew. */
export function gridGradient(unit: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  const l = plan.gridLevels - 1 - unit;
  const level = changetype<Level>(plan.levelTable + <usize>l * offsetof<Level>());
  const entryBytes = <usize>plan.gridFeatures << 2, tileBytes = <usize>plan.encoded * ROW;
  memory.fill(plan.gridGradient + <usize>level.firstEntry * entryBytes, 0, <usize>level.entries * entryBytes);
  for (let u = 0; u < plan.units; u++) {
    const slot = <usize>(u * plan.unitCapacity);
    scatterTiles(level, plan.gridFeatures, plan.gridGradient, plan.survivorPositions + (slot << 4), plan.survivorTiles + slot / TILE * tileBytes, tileBytes, <usize>(l * plan.gridFeatures) * ROW, unitStateAt(plan, u).survivors);
  }
}

/** Unit = layer: gradient [inputs, trueOutputs] at `targets[unit]` = sum over the slots, in order. */
export function networkGradient(unit: i32, address: usize, targets: usize): void {
  const plan = changetype<Plan>(address);
  const layer = layerAt(plan, unit);
  const target = <usize>load<u32>(targets + (<usize>unit << 2));
  for (let i = 0; i < layer.inputs; i++)
    for (let o = 0; o < layer.trueOutputs; o += 4) {
      let at = plan.weightGradients + layer.gradientOffset + (<usize>(i * layer.outputs + o) << 2);
      let sum = f32x4.splat(0);
      for (let slot = 0; slot < plan.slots; slot++) {
        sum = f32x4.add(sum, v128.load(at));
        at += plan.weightGradientBytes;
      }
      store4(target + (<usize>(i * layer.trueOutputs + o) << 2), sum, layer.trueOutputs - o);
    }
}

/** Unit = layer: packs its weights for the kernels. */
export function packNetwork(unit: i32, address: usize): void {
  const layer = layerAt(changetype<Plan>(address), unit);
  packWeights(layer.weights, layer.packed, layer.inputs, layer.trueOutputs, 0);
  packWeights(layer.weights, layer.packedTransposed, layer.inputs, layer.trueOutputs, 1);
}
