/** How close two images are: mean squared error, PSNR and SSIM, for values in 0..1. Computed in float64. */

/** How far the Gaussian window reaches beyond its centre, and its standard deviation, in pixels. */
const reach = 5;
const sigma = 1.5;
/** SSIM's constants, k1 and k2 squared. */
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;

/**
 * Mean squared difference of two arrays of the same, positive length. Throws `RangeError` on different lengths.
 * @param mask [pixels] of images [pixels, channels]: only pixels where it is not 0 count
 */
export function mse(a: ArrayLike<number>, b: ArrayLike<number>, mask?: ArrayLike<number>): number {
  requireSameLength(a, b);
  const channels = mask ? a.length / mask.length : a.length;
  let sum = 0;
  let counted = 0;
  for (let pixel = 0, begin = 0; begin < a.length; pixel++, begin += channels) {
    if (mask?.[pixel] === 0) continue;
    counted += channels;
    for (let index = begin; index < begin + channels; index++) {
      const difference = a[index]! - b[index]!;
      sum += difference * difference;
    }
  }
  return sum / counted;
}

/** Peak signal-to-noise ratio in dB for a data range of 1: -10 log10({@link mse}). Infinity for equal images. */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, mask?: ArrayLike<number>): number {
  return -10 * Math.log10(mse(a, b, mask));
}

/** Structural similarity, as {@link ssim} computes it. */
export type Ssim = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  width: number,
  height: number,
  channels: number,
  mask?: ArrayLike<number>,
) => number;

/**
 * Structural similarity of two images [height, width, channels], mean over channels and pixels; Gaussian window of
 * 11 x 11 pixels (sigma 1.5) over the image mirrored at its borders, k1 = 0.01, k2 = 0.03, data range 1. NaN when a
 * side is too short to mirror (5 pixels or fewer). With a `mask` [height, width] it is the mean over pixels where that is not 0, and no window sees
 * a difference elsewhere. Throws `RangeError` when a length is not height * width * channels.
 * Source: Wang et al. 2004; torchmetrics 1.9 `structural_similarity_index_measure`.
 */
export const ssim: Ssim = (...images) => createSsim()(...images);

/** {@link ssim} that keeps its memory for the next images of the same size: five planes of float64. */
export function createSsim(): Ssim {
  let planes: Planes | undefined;
  return (a, b, width, height, channels, mask) => {
    requireSameLength(a, b);
    if (a.length !== width * height * channels)
      throw new RangeError(`${a.length} values are not an image of ${width} x ${height} x ${channels}`);
    if (Math.min(width, height) <= reach) return Number.NaN;
    const size = (width + 2 * reach) * (height + 2 * reach);
    if (planes?.a.length !== size) planes = createPlanes(size);
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const compared = { channel, channels, width, height };
      mirrorInto(planes.a, a, compared, mask && { mask, instead: b });
      mirrorInto(planes.b, b, compared);
      sum += ssimOfChannel(planes, width, height, mask);
    }
    return sum / channels;
  };
}

/** One channel of both images with their borders mirrored, [height + 10, width + 10]; what is made of them; room for a pass. */
interface Planes {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly squares: Float64Array;
  readonly products: Float64Array;
  readonly spare: Float64Array;
}

function createPlanes(size: number): Planes {
  const plane = () => new Float64Array(size);
  return { a: plane(), b: plane(), squares: plane(), products: plane(), spare: plane() };
}

/** Overwrites the planes. */
function ssimOfChannel(
  { a, b, squares, products, spare }: Planes,
  width: number,
  height: number,
  mask: ArrayLike<number> | undefined,
): number {
  const stride = width + 2 * reach;
  for (let index = 0; index < a.length; index++) {
    const x = a[index]!;
    const y = b[index]!;
    squares[index] = x * x + y * y;
    products[index] = x * y;
  }
  for (const plane of [a, b, squares, products]) blur(plane, stride, spare);
  let sum = 0;
  let counted = 0;
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) {
      if (mask?.[pixel] === 0) continue;
      counted++;
      const index = (row + reach) * stride + reach + column;
      const meansSquared = a[index]! ** 2 + b[index]! ** 2;
      const meansProduct = a[index]! * b[index]!;
      const variances = Math.max(0, squares[index]! - meansSquared);
      const covariance = products[index]! - meansProduct;
      sum += ((2 * meansProduct + c1) * (2 * covariance + c2)) / ((meansSquared + c1) * (variances + c2));
    }
  return sum / counted;
}

interface ChannelOfImage {
  readonly channel: number;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
}

/**
 * One channel of an interleaved image with its borders mirrored (not repeated): [height + 10, width + 10].
 * @param hidden where its mask is 0, the image `instead` is taken
 */
function mirrorInto(
  plane: Float64Array,
  image: ArrayLike<number>,
  { channel, channels, width, height }: ChannelOfImage,
  hidden?: { readonly mask: ArrayLike<number>; readonly instead: ArrayLike<number> },
): void {
  const stride = width + 2 * reach;
  for (let row = -reach; row < height + reach; row++) {
    const from = mirror(row, height) * width;
    const to = (row + reach) * stride + reach;
    for (let column = -reach; column < width + reach; column++) {
      const pixel = from + mirror(column, width);
      const shown = hidden?.mask[pixel] === 0 ? hidden.instead : image;
      plane[to + column] = shown[pixel * channels + channel]!;
    }
  }
}

function mirror(index: number, length: number): number {
  if (index < 0) return -index;
  return index < length ? index : 2 * (length - 1) - index;
}

/** Gaussian filter of a mirrored plane, in place. Only what lies inside its borders is meaningful. */
function blur(plane: Float64Array, stride: number, spare: Float64Array): void {
  convolve(plane, 1, spare);
  convolve(spare, stride, plane);
}

/** sums = weighted sum of the 11 elements `step` apart around each one. */
function convolve(values: Float64Array, step: number, sums: Float64Array): void {
  const [w0, w1, w2, w3, w4, w5] = gaussianWeights();
  for (let index = reach * step; index < values.length - reach * step; index++)
    sums[index] =
      w0 * values[index]! +
      w1 * (values[index - step]! + values[index + step]!) +
      w2 * (values[index - 2 * step]! + values[index + 2 * step]!) +
      w3 * (values[index - 3 * step]! + values[index + 3 * step]!) +
      w4 * (values[index - 4 * step]! + values[index + 4 * step]!) +
      w5 * (values[index - 5 * step]! + values[index + 5 * step]!);
}

/** Weights at distance 0 to 5; with both sides they sum to 1. */
function gaussianWeights(): [number, number, number, number, number, number] {
  const weights = [0, 1, 2, 3, 4, 5].map((distance) => Math.exp(-((distance / sigma) ** 2) / 2));
  const total = weights.reduce((sum, weight) => sum + 2 * weight, -1);
  return weights.map((weight) => weight / total) as [number, number, number, number, number, number];
}

function requireSameLength(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length)
    throw new RangeError(`images of ${a.length} and ${b.length} values cannot be compared`);
}
