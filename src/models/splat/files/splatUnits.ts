/** What files of splats hold instead of the parameters: colours, opacities and rotations as such, in bytes. */

/** Value of the constant harmonic. */
const constantHarmonic = 0.28209479177387814;

/** 0..1 as far as the scene is sound, from the coefficient of the constant harmonic. */
export function colorOf(coefficient: number): number {
  return 0.5 + constantHarmonic * coefficient;
}

/** 0..1, from the logit. */
export function opacityOf(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The nearest byte. */
export function byteOf(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** w, x, y, z of length 1. @param rotations [splats, 4]; one of length 0 is taken for no rotation */
export function unitRotation(rotations: Float32Array, index: number): readonly number[] {
  const rotation = [...rotations.subarray(index * 4, index * 4 + 4)];
  const length = Math.hypot(...rotation);
  return length > 0 ? rotation.map((value) => value / length) : [1, 0, 0, 0];
}
