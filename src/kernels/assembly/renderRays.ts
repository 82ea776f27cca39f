// Rendering: a unit's rays from beginning to end, in rounds, without waiting for any other unit; what a round is made of lies in the thread's own
// memory and stays in its core's cache. A round takes the next few samples of each living ray, encodes them, and computes densities a tile at a
// time; samples of weight >= minWeight gather in one tile for the colour network, which runs whenever that is full. Each ray's sums have the order
// of its samples, so pictures do not depend on how the samples of different rays come together.
import { copyColumn, startRays, walkerOf } from './advanceRays';
import { MAX_LOG_DENSITY, densityTile } from './density';
import { encodeTiles } from './hashGrid';
import { walk } from './march';
import { Plan, UnitState, firstRayOf, unitStateAt } from './plan';
import * as scratch from './scratch';
import { colorNetwork, directionColumn, finishRay, recordOf } from './shade';
import { ROW, TILE, exp4 } from './simd';

/** Samples that a ray takes in a round: what lies behind a surface is computed for nothing. Many, where few rays are left to fill a tile. */
const FEWEST: i32 = 8;
const MOST: i32 = 64;

/** Samples that wait for their colour; their inputs lie in the tile at `scratch.activations`, their rays and weights here. */
let waiting: i32 = 0;
/** Sample of the round at which the computed tile of densities begins, and where its rows lie. */
let firstKnown: i32 = 0;
let densityRows: usize = 0;

/** Unit = rays [rays * unit / units, rays * (unit + 1) / units). */
export function renderRays(unit: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  scratch.useScratch(plan);
  const state = unitStateAt(plan, unit);
  startRays(plan, unit, state);
  waiting = 0;
  while (state.living > 0) {
    takeSamples(plan, unit, state);
    encodeTiles(plan.levelTable, plan.gridLevels, plan.gridFeatures, plan.table, scratch.renderPositions, scratch.renderTiles, scratch.encodedBytes, state.samples);
    weighSamples(plan, unit, state);
  }
  if (waiting > 0) addColors(plan);
  const end = firstRayOf(plan, unit + 1);
  for (let ray = firstRayOf(plan, unit); ray < end; ray++) finishRay(plan, ray, recordOf(plan, ray));
}

/** The next samples of the living rays, one ray after the other. */
function takeSamples(plan: Plan, unit: i32, state: UnitState): void {
  const alive = plan.alive + (<usize>firstRayOf(plan, unit) << 2);
  const limit = min(max(1, scratch.RENDER_SAMPLES / state.living), min(MOST, max(FEWEST, 2 * TILE / state.living)));
  let count = 0;
  for (let k = 0; k < state.living; k++) {
    const walker = walkerOf(plan, load<i32>(alive + (<usize>k << 2)));
    walker.first = count;
    walker.count = walk(plan, walker, limit, scratch.renderPositions + (<usize>count << 4), scratch.renderSteps + (<usize>count << 2));
    count += walker.count;
  }
  state.samples = count;
  state.marched += count;
}

/** Ends rays whose light is used up; samples that matter go to the colour network. */
function weighSamples(plan: Plan, unit: i32, state: UnitState): void {
  const alive = plan.alive + (<usize>firstRayOf(plan, unit) << 2);
  firstKnown = -TILE;
  let still = 0;
  for (let k = 0; k < state.living; k++) {
    const ray = load<i32>(alive + (<usize>k << 2));
    if (weighRay(plan, state, ray)) store<i32>(alive + (<usize>(still++) << 2), ray);
  }
  state.living = still;
}

/** @returns whether the ray goes on */
function weighRay(plan: Plan, state: UnitState, ray: i32): bool {
  const walker = walkerOf(plan, ray), record = recordOf(plan, ray);
  const alphas = scratch.activations + scratch.alphaAt;
  const end = walker.first + walker.count;
  let transmittance = walker.transmittance;
  for (let i = walker.first; i < end; i++) {
    if (i >= firstKnown + TILE) computeDensities(plan, i & ~(TILE - 1));
    const column = <usize>(i - firstKnown) << 2;
    const alpha = load<f32>(alphas + column);
    const weight = transmittance * (<f32>1 - alpha);
    transmittance *= alpha;
    if (weight >= plan.minWeight) {
      const share = record.transmittance * (<f32>1 - alpha);
      record.depth += share * load<f32>(scratch.renderPositions + (<usize>i << 4), 12);
      record.transmittance *= alpha;
      state.allSurvivors++;
      const at = scratch.activations + (<usize>waiting << 2);
      store<i32>(at + scratch.colorGradientAt, ray);
      store<f32>(at + scratch.colorGradientAt, share, ROW);
      copyColumn(densityRows + column, at + scratch.colorInputAt, plan.densityOutputs);
      directionColumn(plan, ray, at + scratch.colorInputAt + <usize>plan.densityOutputs * ROW);
      if (++waiting == TILE) addColors(plan);
    }
    if (transmittance < plan.minTransmittance) return false;
  }
  walker.transmittance = transmittance;
  return walker.t < walker.end;
}

/** Densities' network and transmittances exp(-density * step) of the round's tile that begins with sample `first`. */
function computeDensities(plan: Plan, first: i32): void {
  firstKnown = first;
  densityRows = densityTile(plan, scratch.renderTiles + <usize>(first / TILE) * scratch.encodedBytes, scratch.hidden, plan.densityOutputs);
  const steps = scratch.renderSteps + (<usize>first << 2), alphas = scratch.activations + scratch.alphaAt;
  const bias = f32x4.splat(plan.densityBias), top = f32x4.splat(MAX_LOG_DENSITY);
  for (let i: usize = 0; i < ROW; i += 16) {
    const density = exp4(f32x4.pmin(f32x4.add(v128.load(densityRows + i), bias), top));
    v128.store(alphas + i, exp4(f32x4.neg(f32x4.mul(density, v128.load(steps + i)))));
  }
}

/** Colours of the waiting samples, added to their rays in order. */
function addColors(plan: Plan): void {
  const tile = scratch.activations;
  colorNetwork(plan, tile);
  for (let k = 0; k < waiting; k++) {
    const at = tile + (<usize>k << 2), out = at + scratch.colorOutAt;
    const record = recordOf(plan, load<i32>(at + scratch.colorGradientAt));
    const weight = load<f32>(at + scratch.colorGradientAt, ROW);
    record.red += weight * load<f32>(out);
    record.green += weight * load<f32>(out, ROW);
    record.blue += weight * load<f32>(out, 2 * ROW);
  }
  waiting = 0;
}
