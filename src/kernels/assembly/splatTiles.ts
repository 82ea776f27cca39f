// From projected splats to the list of each tile, nearest first: a stable radix sort by depth, then a counted fill.
import { CHUNK, SplatPlan, chunkAt, recordAt } from './splatPlan';

/** Digits of the sort's key: the upper 22 of the 31 bits of a positive depth, so that depths within 1/16,384 count as equal. */
const DIGIT_BITS: i32 = 11;
const DIGITS: i32 = 1 << DIGIT_BITS;
const DROPPED_BITS: i32 = 9;

/** Gathers what the chunks have in view, sorts it, and finds where each tile's list begins. Not a unit kernel: one thread does it. */
export function splatSort(address: usize): void {
  const plan = changetype<SplatPlan>(address);
  const counters = plan.sortCounters, high = counters + (DIGITS << 2);
  memory.fill(counters, 0, 2 * (DIGITS << 2));
  const keys = plan.sortKeys, splats = plan.sortSplats;
  const chunks = (plan.count + CHUNK - 1) / CHUNK;
  let visible = 0, pairs = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const state = chunkAt(plan, chunk), inView = plan.inView + (<usize>(chunk * CHUNK) << 2);
    state.firstPair = pairs;
    pairs += state.pairs;
    for (let k = 0; k < state.visible; k++, visible++) {
      const splat = load<u32>(inView + (<usize>k << 2));
      const key = load<u32>(plan.depths + (<usize>splat << 2)) >> DROPPED_BITS;
      store<u32>(keys + (<usize>visible << 2), key);
      store<u32>(splats + (<usize>visible << 2), splat);
      increment(counters, key & (DIGITS - 1));
      increment(high, key >> DIGIT_BITS);
    }
  }
  plan.visible = visible;
  plan.pairs = pairs;
  const otherKeys = keys + (<usize>plan.count << 2), otherSplats = splats + (<usize>plan.count << 2);
  toOffsets(counters);
  toOffsets(high);
  distribute(visible, keys, splats, counters, 0, otherKeys, otherSplats);
  distribute(visible, otherKeys, otherSplats, high, DIGIT_BITS, 0, plan.order);
  findTiles(plan);
}

// @ts-ignore: decorator
@inline
function increment(counters: usize, digit: u32): void {
  const at = counters + (<usize>digit << 2);
  store<u32>(at, load<u32>(at) + 1);
}

function toOffsets(counters: usize): void {
  let sum: u32 = 0;
  for (let at = counters, end = counters + (DIGITS << 2); at < end; at += 4) {
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
  }
}

/** Moves splats to the places of their digits; keys too, unless `toKeys` is 0. */
function distribute(count: i32, keys: usize, splats: usize, offsets: usize, shift: i32, toKeys: usize, toSplats: usize): void {
  for (let i: usize = 0, end = <usize>count << 2; i < end; i += 4) {
    const key = load<u32>(keys + i);
    const offset = offsets + (<usize>(key >> shift & (DIGITS - 1)) << 2);
    const to = <usize>load<u32>(offset);
    store<u32>(offset, <u32>to + 1);
    if (toKeys) store<u32>(toKeys + (to << 2), key);
    store<u32>(toSplats + (to << 2), load<u32>(splats + i));
  }
}

/** Adds up the threads' counts (leaving zeros for the next time). */
function findTiles(plan: SplatPlan): void {
  const tiles = plan.tilesX * plan.tilesY, bytes = <usize>tiles << 2;
  let sum = 0, longest = 0;
  for (let tile: usize = 0; tile < bytes; tile += 4) {
    let count = 0;
    for (let thread = 0; thread < plan.threads; thread++) {
      const at = plan.tileCounts + <usize>thread * bytes + tile;
      count += load<i32>(at);
      store<i32>(at, 0);
    }
    store<i32>(plan.tileOffsets + tile, sum);
    store<i32>(plan.tileCursors + tile, sum);
    sum += count;
    longest = max(longest, count);
  }
  store<i32>(plan.tileOffsets + bytes, sum);
  plan.longestTile = longest;
}

/** Writes the entries (splat, pair) of all tiles. Not a unit kernel: two threads lose more by each other's cache lines than they gain. */
export function splatFill(address: usize): void {
  const plan = changetype<SplatPlan>(address);
  const order = plan.order, columns = plan.tilesX, cursors = plan.tileCursors, entries = plan.entries;
  for (let k: usize = 0, last = <usize>plan.visible << 2; k < last; k += 4) {
    const splat = load<i32>(order + k), chunk = splat / CHUNK;
    let span = plan.spans + <usize>chunk * <usize>plan.spanBytes + <usize>load<u32>(plan.spanOffsets + (<usize>splat << 2));
    const firstRow = <i32>load<u16>(span), lastRow = <i32>load<u16>(span, 2);
    let pair = chunkAt(plan, chunk).firstPair + recordAt(plan, splat).firstPair;
    for (let row = firstRow; row <= lastRow; row++) {
      span += 4;
      const first = <i32>load<u16>(span), after = <i32>load<u16>(span, 2);
      for (let cursor = cursors + (<usize>(row * columns + first) << 2), end = cursor + (<usize>(after - first) << 2); cursor < end; cursor += 4) {
        const at = load<i32>(cursor);
        store<i32>(cursor, at + 1);
        store<u64>(entries + (<usize>at << 3), <u64>splat | <u64>pair << 32);
        pair++;
      }
    }
  }
}
