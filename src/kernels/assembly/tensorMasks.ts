// Truth values of tensors: one byte an element, 0 or 1. Choosing by them, combining them, turning them into numbers and back.
import { load4, store4 } from './vectors';

/** Four lanes, all ones where the byte is 1. */
// @ts-ignore: decorator
@inline
function mask4(address: usize, left: i32): v128 {
  let bytes = i32x4.splat(0);
  if (left >= 4) bytes = v128.load32_zero(address);
  else {
    let word = 0;
    for (let k = 0; k < left; k++) word |= <i32>load<u8>(address + k) << (8 * k);
    bytes = i32x4.splat(word);
  }
  const lanes = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
  return i32x4.eq(lanes, i32x4.splat(1));
}

/** out = t where the byte is 1, else e; elements of 4 bytes. */
export function select(unit: i32, piece: i32, count: i32, out: usize, condition: usize, t: usize, e: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2, left = end - i;
    store4(out + at, v128.bitselect(load4(t + at, left), load4(e + at, left), mask4(condition + i, left)), left);
  }
}

/** out = 1 or 0 as float32. */
export function maskToFloat(unit: i32, piece: i32, count: i32, out: usize, x: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i += 4)
    store4(out + (<usize>i << 2), v128.and(mask4(x + i, end - i), f32x4.splat(1)), end - i);
}

export function maskAnd(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i++) store<u8>(out + i, load<u8>(a + i) & load<u8>(b + i));
}

export function maskOr(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i++) store<u8>(out + i, load<u8>(a + i) | load<u8>(b + i));
}

export function maskNot(unit: i32, piece: i32, count: i32, out: usize, x: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i++) store<u8>(out + i, <u8>!load<u8>(x + i));
}

/** out = int32 of float32 without its fraction; NaN is 0, numbers beyond int32 wrap around as in JavaScript. */
export function truncate(unit: i32, piece: i32, count: i32, out: usize, x: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2, left = end - i;
    const value = load4(x + at, left);
    if (!v128.any_true(f32x4.ge(f32x4.abs(value), f32x4.splat(2147483648.0)))) {
      store4(out + at, i32x4.trunc_sat_f32x4_s(value), left);
    } else {
      for (let k = 0; k < min(left, 4); k++) store<i32>(out + at + (k << 2), wrapped(load<f32>(x + at + (k << 2))));
    }
  }
}

function wrapped(x: f64): i32 {
  if (!isFinite(x)) return 0;
  const whole = Math.trunc(x);
  return <i32><u32><u64>(whole - Math.floor(whole / 4294967296.0) * 4294967296.0);
}

/** out = int32 as float32. */
export function intToFloat(unit: i32, piece: i32, count: i32, out: usize, x: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    store4(out + at, f32x4.convert_i32x4_s(load4(x + at, end - i)), end - i);
  }
}

/** out = value in `count` elements of 4 bytes. */
export function fillWords(unit: i32, piece: i32, count: i32, out: usize, bits: i32): void {
  const end = min(unit * piece + piece, count);
  const value = i32x4.splat(bits);
  for (let i = unit * piece; i < end; i += 4) store4(out + (<usize>i << 2), value, end - i);
}

/** out = a + b, all of the same shape. */
export function sumOf(unit: i32, piece: i32, count: i32, out: usize, a: usize, b: usize): void {
  const end = min(unit * piece + piece, count);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2, left = end - i;
    store4(out + at, f32x4.add(load4(a + at, left), load4(b + at, left)), left);
  }
}
