/** Splats in words of what one sees: colours, opacities and rotations in place of what is trained; and how many numbers a splat has. */

/** Value of the constant harmonic. */
export const constantHarmonic = 0.28209479177387814;

/** 0..1 as far as the scene is sound, from the coefficient of the constant harmonic. */
export function colorOf(coefficient: number): number {
  return 0.5 + constantHarmonic * coefficient;
}

/** 0..1, from the logit. */
export function opacityOf(trained: number): number {
  return 1 / (1 + Math.exp(-trained));
}

/** The reverse of {@link opacityOf}. */
export function logit(opacity: number): number {
  return Math.log(opacity / (1 - opacity));
}

/** Numbers in a row of the harmonics: 0, 9, 24 or 45. @param degree 0 to 3; the constant harmonic is the colour, and none of them */
export function harmonicsWidthOf(degree: number): number {
  return 3 * ((degree + 1) ** 2 - 1);
}

/** Numbers of a splat: place, size, rotation, opacity, colour, and harmonics up to `degree`. */
export function numbersOfSplat(degree: number): number {
  return 14 + harmonicsWidthOf(degree);
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
