// Counter-based random numbers: the twin of src/rng.ts, bit for bit.

// @ts-ignore: decorator
@inline
export function mix32(value: u32): u32 {
  let x = value;
  x = (x ^ (x >> 16)) * 0x21f0aaad;
  x = (x ^ (x >> 15)) * 0x735a2d97;
  return x ^ (x >> 15);
}

// @ts-ignore: decorator
@inline
export function randomAt(key: u32, index: u32): u32 {
  return mix32(mix32(key + index * 0x9e3779b9) ^ key);
}

/** Uniform in [0, 1). */
// @ts-ignore: decorator
@inline
export function uniformAt(key: u32, index: u32): f32 {
  return <f32>(randomAt(key, index) >> 8) * <f32>(1.0 / 16777216.0);
}
