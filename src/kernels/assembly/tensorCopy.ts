// Moving elements of 4 bytes: slices, concatenation, padding, tiles, reversal, transposition, rows by number.

/** Shape of a walk and how far source and target advance along each axis, in elements; written by src/tensors/simd/ops/stridedCopy.ts. */
@unmanaged
export class Walk {
  d1: i32; d2: i32; d3: i32; inner: i32;
  s0: i32; s1: i32; s2: i32; s3: i32; sourceStep: i32;
  t0: i32; t1: i32; t2: i32; t3: i32; targetStep: i32;
}

/** `length` neighbours. */
// @ts-ignore: decorator
@inline
function copyWords(target: usize, source: usize, length: i32): void {
  if (length >= 64) {
    memory.copy(target, source, <usize>length << 2);
    return;
  }
  let i = 0;
  for (; i + 4 <= length; i += 4) v128.store(target + (<usize>i << 2), v128.load(source + (<usize>i << 2)));
  for (; i < length; i++) store<i32>(target + (<usize>i << 2), load<i32>(source + (<usize>i << 2)));
}

function copyRow(target: usize, source: usize, length: i32, targetStep: i32, sourceStep: i32): void {
  if (sourceStep == 1 && targetStep == 1) {
    copyWords(target, source, length);
  } else if (sourceStep == 0 && targetStep == 1) {
    const value = v128.load32_splat(source);
    let i = 0;
    for (; i + 4 <= length; i += 4) v128.store(target + (<usize>i << 2), value);
    for (; i < length; i++) store<i32>(target + (<usize>i << 2), i32x4.extract_lane(value, 0));
  } else {
    for (let i = 0; i < length; i++) {
      store<i32>(target, load<i32>(source));
      source += sourceStep << 2;
      target += targetStep << 2;
    }
  }
}

/** Elements [unit * piece, unit * piece + piece) of a walk of `count` elements. */
export function copyStrided(unit: i32, piece: i32, count: i32, out: usize, x: usize, layout: usize): void {
  const walk = changetype<Walk>(layout);
  const d1 = walk.d1, d2 = walk.d2, d3 = walk.d3, inner = walk.inner;
  let at = unit * piece;
  const end = min(at + piece, count);
  let row = at / inner;
  let column = at - row * inner;
  let i3 = row % d3;
  row /= d3;
  let i2 = row % d2;
  row /= d2;
  let i1 = row % d1;
  let i0 = row / d1;
  while (at < end) {
    const length = min(inner - column, end - at);
    const source = i0 * walk.s0 + i1 * walk.s1 + i2 * walk.s2 + i3 * walk.s3 + column * walk.sourceStep;
    const target = i0 * walk.t0 + i1 * walk.t1 + i2 * walk.t2 + i3 * walk.t3 + column * walk.targetStep;
    copyRow(out + (<usize>target << 2), x + (<usize>source << 2), length, walk.targetStep, walk.sourceStep);
    at += length;
    column = 0;
    if (++i3 < d3) continue;
    i3 = 0;
    if (++i2 < d2) continue;
    i2 = 0;
    if (++i1 < d1) continue;
    i1 = 0;
    i0++;
  }
}

/** out [batch, columns, rows] = x [batch, rows, columns]; unit: (batch, 16 columns, `piece` rows). */
export function transposeMatrices(unit: i32, piece: i32, rows: i32, columns: i32, x: usize, out: usize): void {
  const strips = (columns + 15) >> 4;
  const pieces = (rows + piece - 1) / piece;
  const batch = unit / (strips * pieces);
  const within = unit - batch * strips * pieces;
  const firstColumn = (within / pieces) << 4;
  const endColumn = min(firstColumn + 16, columns);
  const firstRow = (within % pieces) * piece;
  const endRow = min(firstRow + piece, rows);
  const source = x + (<usize>batch * <usize>rows * <usize>columns << 2);
  const target = out + (<usize>batch * <usize>rows * <usize>columns << 2);
  const down = <usize>columns << 2, across = <usize>rows << 2;
  let r = firstRow;
  for (; r + 4 <= endRow; r += 4) {
    let c = firstColumn;
    for (; c + 4 <= endColumn; c += 4) {
      const from = source + <usize>r * down + (<usize>c << 2);
      const a0 = v128.load(from), a1 = v128.load(from + down), a2 = v128.load(from + 2 * down), a3 = v128.load(from + 3 * down);
      const b0 = v128.shuffle<i32>(a0, a1, 0, 4, 1, 5), b1 = v128.shuffle<i32>(a0, a1, 2, 6, 3, 7);
      const b2 = v128.shuffle<i32>(a2, a3, 0, 4, 1, 5), b3 = v128.shuffle<i32>(a2, a3, 2, 6, 3, 7);
      const to = target + <usize>c * across + (<usize>r << 2);
      v128.store(to, v128.shuffle<i64>(b0, b2, 0, 2));
      v128.store(to + across, v128.shuffle<i64>(b0, b2, 1, 3));
      v128.store(to + 2 * across, v128.shuffle<i64>(b1, b3, 0, 2));
      v128.store(to + 3 * across, v128.shuffle<i64>(b1, b3, 1, 3));
    }
    for (; c < endColumn; c++)
      for (let k = 0; k < 4; k++)
        store<i32>(target + <usize>c * across + (<usize>(r + k) << 2), load<i32>(source + <usize>(r + k) * down + (<usize>c << 2)));
  }
  for (; r < endRow; r++)
    for (let c = firstColumn; c < endColumn; c++)
      store<i32>(target + <usize>c * across + (<usize>r << 2), load<i32>(source + <usize>r * down + (<usize>c << 2)));
}

/** out [batch, outer, reads, inner] = rows of x [batch, outer, rows, inner] that indices [batch, reads] name; unit: `piece` rows of out. */
export function gatherRows(
  unit: i32, piece: i32, count: i32, out: usize, x: usize, indices: usize, outer: i32, rows: i32, reads: i32, inner: i32,
): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i++) {
    const table = i / reads;
    const read = (table / outer) * reads + i - table * reads;
    const row = load<i32>(indices + (<usize>read << 2));
    copyWords(out + (<usize>i * <usize>inner << 2), x + (<usize>(table * rows + row) * <usize>inner << 2), inner);
  }
}

/**
 * out [rows, inner] = sums of the rows of x [count, inner] by their number in indices; other numbers are left out. A unit owns `piece` rows of
 * out and adds in order: same bits on any number of threads.
 */
export function scatterAddRows(unit: i32, piece: i32, rows: i32, count: i32, inner: i32, indices: usize, x: usize, out: usize): void {
  const first = unit * piece;
  const owned = min(piece, rows - first);
  memory.fill(out + (<usize>first * <usize>inner << 2), 0, <usize>owned * <usize>inner << 2);
  for (let i = 0; i < count; i++) {
    const row = load<i32>(indices + (<usize>i << 2));
    if (<u32>(row - first) >= <u32>owned) continue;
    const target = out + (<usize>row * <usize>inner << 2), source = x + (<usize>i * <usize>inner << 2);
    let k = 0;
    for (; k + 4 <= inner; k += 4) {
      const at = <usize>k << 2;
      v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(source + at)));
    }
    for (; k < inner; k++) {
      const at = <usize>k << 2;
      store<f32>(target + at, load<f32>(target + at) + load<f32>(source + at));
    }
  }
}
