// Advancing rays in rounds, all rays of a call together. A round takes the next samples of all rays that are alive (marchRound), encodes
// them level by level (encodeRound: one level's table stays in the cache while everybody reads it), computes their densities and ends rays
// whose transmittance is used up (advanceRays) - so nothing behind a surface is computed. Samples of negligible weight are left out; the
// others ("survivors") keep their encoding and go through colour and backward all together (trainRays.ts). Training only: see renderRays.ts.
import { MAX_LOG_DENSITY, densityTile } from './density';
import { encodeLevel } from './hashGrid';
import { Level } from './level';
import { Walker, beginWalk, walk } from './march';
import { Plan, UnitState, firstRayOf, unitStateAt } from './plan';
import { uniformAt } from './rng';
import * as scratch from './scratch';
import { RayRecord, recordOf } from './shade';
import { ROW, TILE, columnOf, exp4 } from './simd';
import { sphericalHarmonics16 } from './sphericalHarmonics';

/** Samples that a ray takes in one round at most. */
const ROUND_LIMIT: i32 = 64;
/** A level's work in a round is cut into this many pieces. */
const ENCODE_PIECES: i32 = 16;

// @ts-ignore: decorator
@inline
export function walkerOf(plan: Plan, ray: i32): Walker {
  return changetype<Walker>(plan.walkers + <usize>ray * offsetof<Walker>());
}

/** Unit = rays [rays * unit / units, rays * (unit + 1) / units): puts them at their start and marches the first round. */
export function beginRays(unit: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  const state = unitStateAt(plan, unit);
  startRays(plan, unit, state);
  marchRound(plan, unit, state);
}

/** Puts the unit's rays at their start, and lists those that meet the grid. */
export function startRays(plan: Plan, unit: i32, state: UnitState): void {
  const begin = firstRayOf(plan, unit), end = firstRayOf(plan, unit + 1);
  memory.fill(changetype<usize>(state), 0, offsetof<UnitState>());
  memory.fill(changetype<usize>(recordOf(plan, begin)), 0, <usize>(end - begin) * offsetof<RayRecord>());
  for (let ray = begin; ray < end; ray++) {
    const walker = walkerOf(plan, ray);
    beginWalk(plan, walker, ray, plan.jitter ? uniformAt(plan.jitterKey, ray) : <f32>0.5);
    sphericalHarmonics16(plan.harmonics + (<usize>ray << 6), walker.directionX, walker.directionY, walker.directionZ);
    recordOf(plan, ray).transmittance = 1;
    if (walker.t < walker.end) store<i32>(plan.alive + (<usize>(begin + state.living++) << 2), ray);
  }
}

/** Takes the next samples of the unit's living rays. */
function marchRound(plan: Plan, unit: i32, state: UnitState): void {
  const alive = plan.alive + (<usize>firstRayOf(plan, unit) << 2);
  const slot = <usize>unit * <usize>plan.roundCapacity;
  const positions = plan.roundPositions + (slot << 4), steps = plan.roundSteps + (slot << 2);
  state.samples = 0;
  if (state.living == 0) return;
  const limit = max(1, min(ROUND_LIMIT, plan.roundCapacity / state.living));
  for (let k = 0; k < state.living; k++) {
    const walker = walkerOf(plan, load<i32>(alive + (<usize>k << 2)));
    walker.first = state.samples;
    walker.count = walk(plan, walker, limit, positions + (<usize>state.samples << 4), steps + (<usize>state.samples << 2));
    state.samples += walker.count;
  }
  state.marched += state.samples;
}

/** Unit = (level, sixteenth of the rays' units), finest level first: encodes the round's samples at that level. */
export function encodeRound(piece: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  const l = plan.gridLevels - 1 - piece / ENCODE_PIECES, part = piece % ENCODE_PIECES;
  const level = changetype<Level>(plan.levelTable + <usize>l * offsetof<Level>());
  const tileBytes = <usize>plan.encoded * ROW, row = <usize>(l * plan.gridFeatures) * ROW;
  const end = plan.units * (part + 1) / ENCODE_PIECES;
  for (let unit = plan.units * part / ENCODE_PIECES; unit < end; unit++) {
    const count = unitStateAt(plan, unit).samples;
    if (count == 0) continue;
    const slot = <usize>unit * <usize>plan.roundCapacity;
    encodeLevel(level, plan.gridFeatures, plan.table, plan.roundPositions + (slot << 4), plan.roundTiles + slot / TILE * tileBytes, tileBytes, row, count);
  }
}

/** Unit = rays, as in beginRays: densities of the round's samples; then the next round is marched. */
export function advanceRays(unit: i32, address: usize): void {
  const plan = changetype<Plan>(address);
  const state = unitStateAt(plan, unit);
  if (state.samples == 0) { state.living = 0; return; }
  scratch.useScratch(plan);
  const alive = plan.alive + (<usize>firstRayOf(plan, unit) << 2);
  // Where nothing may be left out, densities are computed once only, with the colours (trainRays.ts).
  const keepsAll = plan.minWeight == 0 && plan.minTransmittance == 0 && state.survivors + state.samples <= plan.unitCapacity;
  if (keepsAll) collectRound(plan, unit, state);
  else roundAlphas(plan, unit, state.samples);
  let still = 0;
  for (let k = 0; k < state.living; k++) {
    const ray = load<i32>(alive + (<usize>k << 2));
    if (keepsAll ? walkerOf(plan, ray).t < walkerOf(plan, ray).end : collectSurvivors(plan, unit, state, ray)) store<i32>(alive + (<usize>(still++) << 2), ray);
  }
  state.living = still;
  marchRound(plan, unit, state);
}

/** Makes all the round's samples survivors; there must be room for them. */
function collectRound(plan: Plan, unit: i32, state: UnitState): void {
  const from = unit * plan.roundCapacity, to = unit * plan.unitCapacity + state.survivors, count = state.samples;
  memory.copy(plan.survivorPositions + (<usize>to << 4), plan.roundPositions + (<usize>from << 4), <usize>count << 4);
  memory.copy(plan.survivorSteps + (<usize>to << 2), plan.roundSteps + (<usize>from << 2), <usize>count << 2);
  const firstRay = firstRayOf(plan, unit), alive = plan.alive + (<usize>firstRay << 2);
  for (let k = 0; k < state.living; k++) {
    const ray = load<i32>(alive + (<usize>k << 2)), walker = walkerOf(plan, ray);
    const rays = plan.survivorRays + (<usize>(to + walker.first) << 2);
    for (let i = 0; i < walker.count; i++) store<i32>(rays + (<usize>i << 2), ray - firstRay);
  }
  const tileBytes = scratch.encodedBytes;
  for (let done = 0; done < count;) {
    const piece = min(count - done, min(TILE - ((from + done) & (TILE - 1)), TILE - ((to + done) & (TILE - 1))));
    copyColumns(columnOf(plan.roundTiles, tileBytes, from + done), columnOf(plan.survivorTiles, tileBytes, to + done), plan.encoded, piece);
    done += piece;
  }
  state.survivors += count;
}

/** Transmittances exp(-density * step) of the round's samples. */
function roundAlphas(plan: Plan, unit: i32, samples: i32): void {
  const slot = <usize>unit * <usize>plan.roundCapacity;
  const tiles = plan.roundTiles + slot / TILE * scratch.encodedBytes;
  const bias = f32x4.splat(plan.densityBias), top = f32x4.splat(MAX_LOG_DENSITY);
  for (let first = 0; first < samples; first += TILE) {
    const raw = densityTile(plan, tiles + <usize>(first / TILE) * scratch.encodedBytes, scratch.hidden, 4);
    const at = (slot + first) << 2;
    for (let i: usize = 0; i < ROW; i += 16) {
      const density = exp4(f32x4.pmin(f32x4.add(v128.load(raw + i), bias), top));
      v128.store(plan.roundAlphas + at + i, exp4(f32x4.neg(f32x4.mul(density, v128.load(plan.roundSteps + at + i)))));
    }
  }
}

/** Moves a ray's samples of weight >= minWeight to the survivors. @returns whether the ray goes on */
function collectSurvivors(plan: Plan, unit: i32, state: UnitState, ray: i32): bool {
  const walker = walkerOf(plan, ray);
  const slot = unit * plan.roundCapacity, target = unit * plan.unitCapacity;
  const local = ray - firstRayOf(plan, unit), tileBytes = scratch.encodedBytes;
  let transmittance = walker.transmittance;
  for (let i = slot + walker.first; i < slot + walker.first + walker.count; i++) {
    const alpha = load<f32>(plan.roundAlphas + (<usize>i << 2));
    const weight = transmittance * (<f32>1 - alpha);
    transmittance *= alpha;
    if (weight >= plan.minWeight) {
      if (state.survivors == plan.unitCapacity) state.dropped++;
      else {
        const to = target + state.survivors++;
        v128.store(plan.survivorPositions + (<usize>to << 4), v128.load(plan.roundPositions + (<usize>i << 4)));
        store<f32>(plan.survivorSteps + (<usize>to << 2), load<f32>(plan.roundSteps + (<usize>i << 2)));
        store<i32>(plan.survivorRays + (<usize>to << 2), local);
        copyColumn(columnOf(plan.roundTiles, tileBytes, i), columnOf(plan.survivorTiles, tileBytes, to), plan.encoded);
      }
    }
    if (transmittance < plan.minTransmittance) return false;
  }
  walker.transmittance = transmittance;
  return walker.t < walker.end;
}

/** Copies the values of `count` neighbouring samples, as many in each row. */
function copyColumns(from: usize, to: usize, rows: i32, count: i32): void {
  const end = <usize>count << 2, whole = <usize>(count & ~3) << 2;
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(to + at, v128.load(from + at));
    for (; at < end; at += 4) store<f32>(to + at, load<f32>(from + at));
    from += ROW; to += ROW;
  }
}

/** Copies a sample's values, one a row; the number of rows is a multiple of 4. */
// @ts-ignore: decorator
@inline
export function copyColumn(from: usize, to: usize, rows: i32): void {
  for (let row = 0; row < rows; row += 4) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, load<f32>(from, ROW), ROW);
    store<f32>(to, load<f32>(from, 2 * ROW), 2 * ROW);
    store<f32>(to, load<f32>(from, 3 * ROW), 3 * ROW);
    from += 4 * ROW; to += 4 * ROW;
  }
}
