// From projected splats to the list of each tile, nearest first: a counted fill, in which bundles of splats follow each other, and a stable radix
// sort by depth of each list, when the tile is worked on.
import { CHUNK, Record, SplatPlan, chunkAt, recordAt } from './splatPlan';
import { DIGITS_AT, LIST } from './splatScratch';

/**
 * The sort's key: the upper 22 of the 31 bits of a positive depth, so that depths within 1/16,384 count as equal. Its three digits from the last
 * one on have 8, 7 and 7 bits.
 */
const DROPPED_BITS: i32 = 9;
const DIGIT_BITS: i32 = 7;
const LAST_BITS: i32 = 8;

/** Numbers the pairs, and finds where each tile's list begins and, in it, the part of each bundle. Not a unit kernel: it is little work. */
export function splatFindTiles(address: usize): void {
  const plan = changetype<SplatPlan>(address), chunks = (plan.count + CHUNK - 1) / CHUNK;
  let visible = 0, pairs = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const state = chunkAt(plan, chunk);
    state.firstPair = pairs;
    pairs += state.pairs;
    visible += state.visible;
  }
  plan.visible = visible;
  plan.pairs = pairs;
  const bytes = <usize>(plan.tilesX * plan.tilesY) << 2, end = plan.tileCounts + <usize>plan.bundles * bytes;
  let sum = 0, longest = 0;
  for (let tile: usize = 0; tile < bytes; tile += 4) {
    const first = sum;
    store<i32>(plan.tileOffsets + tile, sum);
    for (let at = plan.tileCounts + tile; at < end; at += bytes) {
      const count = load<i32>(at);
      store<i32>(at, sum);
      sum += count;
    }
    longest = max(longest, sum - first);
  }
  store<i32>(plan.tileOffsets + bytes, sum);
  plan.longestTile = longest;
}

/** Unit = a bundle of chunks: writes its part of the tiles' lists, pairs in ascending order. */
export function splatFill(bundle: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), columns = plan.tilesX, entries = plan.entries;
  const cursors = plan.tileCounts + (<usize>(bundle * columns * plan.tilesY) << 2);
  const chunks = (plan.count + CHUNK - 1) / CHUNK, last = min((bundle + 1) * plan.bundleChunks, chunks);
  for (let chunk = bundle * plan.bundleChunks; chunk < last; chunk++) {
    const state = chunkAt(plan, chunk);
    let span = plan.spans + <usize>chunk * <usize>plan.spanBytes, pair = state.firstPair;
    for (let k = chunk * CHUNK, end = k + state.visible; k < end; k++) {
      const splat = load<i32>(plan.inView + (<usize>k << 2));
      const key = <u64>(load<u32>(plan.depths + (<usize>splat << 2)) >> DROPPED_BITS) << 32;
      const firstRow = <i32>load<u16>(span), lastRow = <i32>load<u16>(span, 2);
      span += 4;
      for (let row = firstRow; row <= lastRow; row++, span += 4) {
        const first = <i32>load<u16>(span), after = <i32>load<u16>(span, 2);
        for (let cursor = cursors + (<usize>(row * columns + first) << 2), stop = cursor + (<usize>(after - first) << 2); cursor < stop; cursor += 4) {
          const at = load<i32>(cursor);
          store<i32>(cursor, at + 1);
          store<u64>(entries + (<usize>at << 3), key | <u64>pair);
          store<i32>(plan.pairSplats + (<usize>pair << 2), splat);
          pair++;
        }
      }
    }
  }
}

/**
 * Sorts entries `first` to `after` by depth, and puts the records of their splats side by side: to be looked up in that order, they lie too far apart.
 * @returns where the records lie, nearest first, in the thread's scratch space; `firstPair` of each is the entry's own pair
 */
export function sortedTile(plan: SplatPlan, scratch: usize, first: i32, after: i32): usize {
  const from = plan.entries + (<usize>first << 3), bytes = <usize>(after - first) << 3;
  const records = scratch + LIST, list = records + <usize>plan.longestTile * offsetof<Record>(), other = list + (<usize>plan.longestTile << 3);
  const last = scratch + DIGITS_AT, middle = last + (4 << LAST_BITS), high = middle + (4 << DIGIT_BITS);
  memory.fill(last, 0, (4 << LAST_BITS) + 2 * (4 << DIGIT_BITS));
  for (let at = from, end = from + bytes; at < end; at += 8) {
    const key = load<u32>(at, 4);
    increment(last, key & ((1 << LAST_BITS) - 1));
    increment(middle, key >> LAST_BITS & ((1 << DIGIT_BITS) - 1));
    increment(high, key >> (LAST_BITS + DIGIT_BITS));
  }
  toOffsets(last, 1 << LAST_BITS);
  toOffsets(middle, 1 << DIGIT_BITS);
  toOffsets(high, 1 << DIGIT_BITS);
  for (let at = from, end = from + bytes; at < end; at += 8) place(list, last, load<u32>(at, 4) & ((1 << LAST_BITS) - 1), load<u64>(at));
  for (let at = list, end = list + bytes; at < end; at += 8) place(other, middle, load<u32>(at, 4) >> LAST_BITS & ((1 << DIGIT_BITS) - 1), load<u64>(at));
  for (let at = other, end = other + bytes; at < end; at += 8) {
    const pair = load<u32>(at), digit = high + (<usize>(load<u32>(at, 4) >> (LAST_BITS + DIGIT_BITS)) << 2), index = load<u32>(digit);
    store<u32>(digit, index + 1);
    const to = records + <usize>index * offsetof<Record>(), record = changetype<usize>(recordAt(plan, load<i32>(plan.pairSplats + (<usize>pair << 2))));
    v128.store(to, v128.load(record));
    v128.store(to, v128.load(record, 16), 16);
    v128.store(to, v128.load(record, 32), 32);
    v128.store(to, v128.load(record, 48), 48);
    store<u32>(to, pair, offsetof<Record>('firstPair'));
  }
  return records;
}

// @ts-ignore: decorator
@inline
function increment(counters: usize, digit: u32): void {
  const at = counters + (<usize>digit << 2);
  store<u32>(at, load<u32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function place(to: usize, offsets: usize, digit: u32, entry: u64): void {
  const at = offsets + (<usize>digit << 2), index = load<u32>(at);
  store<u32>(at, index + 1);
  store<u64>(to + (<usize>index << 3), entry);
}

function toOffsets(counters: usize, digits: usize): void {
  let sum: u32 = 0;
  for (let at = counters, end = counters + (digits << 2); at < end; at += 4) {
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
  }
}
