/** Real spherical harmonics of view directions: the reference form, on tfjs operations. */
import * as tf from '../tensors/tf.ts';

/** How many levels {@link sphericalHarmonics} knows. */
export const sphericalHarmonicsMaxLevels = 5;

/**
 * The components of the first `levels` bands, band l having 2 l + 1 of them, with nerfstudio's signs and order
 * (`components_from_spherical_harmonics`; levels 4 ends with the polynomials of degree 3). Differentiable.
 * @param directions [rays, 3] float32, unit vectors
 * @param levels 1 to 5
 * @returns [rays, levels^2] float32; the caller disposes it
 */
export function sphericalHarmonics(directions: tf.Tensor2D, levels: number): tf.Tensor2D {
  if (!Number.isInteger(levels) || levels < 1 || levels > sphericalHarmonicsMaxLevels)
    throw new RangeError(
      `spherical harmonics have 1 to ${sphericalHarmonicsMaxLevels} levels here, not ${levels}`,
    );
  return tf.tidy(() => {
    const [x, y, z] = tf.split(directions, 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const bands = [band0, band1, band2, band3, band4].slice(0, levels);
    const squares = { xx: tf.square(x), yy: tf.square(y), zz: tf.square(z) };
    return tf.concat(
      bands.flatMap((band) => band({ x, y, z, ...squares })),
      1,
    );
  });
}

/** Coordinates and their squares, each [rays, 1]. */
interface Coordinates {
  readonly x: tf.Tensor2D;
  readonly y: tf.Tensor2D;
  readonly z: tf.Tensor2D;
  readonly xx: tf.Tensor2D;
  readonly yy: tf.Tensor2D;
  readonly zz: tf.Tensor2D;
}

function band0({ x }: Coordinates): tf.Tensor2D[] {
  return [tf.fill([x.shape[0], 1], 0.28209479177387814)];
}

function band1({ x, y, z }: Coordinates): tf.Tensor2D[] {
  return [y, z, x].map((axis) => tf.mul(axis, 0.4886025119029199));
}

function band2({ x, y, z, xx, yy, zz }: Coordinates): tf.Tensor2D[] {
  return [
    product(1.0925484305920792, x, y),
    product(1.0925484305920792, y, z),
    linear(0.9461746957575601, zz, -0.31539156525251999),
    product(1.0925484305920792, x, z),
    product(0.5462742152960396, tf.sub(xx, yy)),
  ];
}

function band3({ x, y, z, xx, yy, zz }: Coordinates): tf.Tensor2D[] {
  return [
    product(0.5900435899266435, y, tf.sub(tf.mul(xx, 3), yy)),
    product(2.890611442640554, x, y, z),
    product(0.4570457994644658, y, linear(5, zz, -1)),
    product(0.3731763325901154, z, linear(5, zz, -3)),
    product(0.4570457994644658, x, linear(5, zz, -1)),
    product(1.445305721320277, z, tf.sub(xx, yy)),
    product(0.5900435899266435, x, tf.sub(xx, tf.mul(yy, 3))),
  ];
}

function band4({ x, y, z, xx, yy, zz }: Coordinates): tf.Tensor2D[] {
  const alongX: tf.Tensor2D = tf.sub(xx, tf.mul(yy, 3));
  const alongY: tf.Tensor2D = tf.sub(tf.mul(xx, 3), yy);
  const difference: tf.Tensor2D = tf.sub(xx, yy);
  return [
    product(2.5033429417967046, x, y, difference),
    product(1.7701307697799304, y, z, alongY),
    product(0.9461746957575601, x, y, linear(7, zz, -1)),
    product(0.6690465435572892, y, z, linear(7, zz, -3)),
    product(0.10578554691520431, linear(35, product(1, zz, zz), 3, tf.mul<tf.Tensor2D>(zz, -30))),
    product(0.6690465435572892, x, z, linear(7, zz, -3)),
    product(0.47308734787878004, difference, linear(7, zz, -1)),
    product(1.7701307697799304, x, z, alongX),
    product(0.6258357354491761, tf.sub(tf.mul(xx, alongX), tf.mul(yy, alongY))),
  ];
}

function product(factor: number, first: tf.Tensor2D, ...rest: readonly tf.Tensor2D[]): tf.Tensor2D {
  return rest.reduce((result, next) => tf.mul(result, next), tf.mul<tf.Tensor2D>(first, factor));
}

/** factor * value + constant (+ more) */
function linear(factor: number, value: tf.Tensor2D, constant: number, more?: tf.Tensor2D): tf.Tensor2D {
  const sum = tf.add<tf.Tensor2D>(tf.mul(value, factor), constant);
  return more ? tf.add(sum, more) : sum;
}
