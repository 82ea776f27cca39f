/** Limits gradients: one clipping for the step stream, chains of transforms and kernels. */

/** The arithmetic that clipping needs, on whatever stands for a gradient: an engine's tensor, a kernel's block. */
export interface ClipMath<Gradient> {
  sumOfSquares(gradient: Gradient): number;
  /** @returns the argument, overwritten, or a new gradient */
  scale(gradient: Gradient, factor: number): Gradient;
  /** @returns as {@link scale} */
  clamp(gradient: Gradient, limit: number): Gradient;
}

/** Euclidean norm of all gradients as one vector, the squares summed gradient by gradient. */
export function globalNorm<Gradient>(
  gradients: readonly Gradient[],
  math: Pick<ClipMath<Gradient>, 'sumOfSquares'>,
): number {
  let sum = 0;
  for (const gradient of gradients) sum += math.sumOfSquares(gradient);
  return Math.sqrt(sum);
}

/**
 * All gradients times `min(1, maxNorm / (norm + 1e-6))`, bit for bit the same where that is 1. (torch's clip_grad_norm_)
 * @param norm of all of them as one vector; gradients become NaN where it is NaN
 */
export function limitNorm<Gradient>(
  gradients: readonly Gradient[],
  norm: number,
  maxNorm: number,
  math: Pick<ClipMath<Gradient>, 'scale'>,
): readonly Gradient[] {
  const factor = Math.min(1, maxNorm / (norm + 1e-6));
  return factor === 1 ? gradients : gradients.map((gradient) => math.scale(gradient, factor));
}

/** Every element cut to -limit..limit. (torch's clip_grad_value_) */
export function limitElements<Gradient>(
  gradients: readonly Gradient[],
  limit: number,
  math: Pick<ClipMath<Gradient>, 'clamp'>,
): readonly Gradient[] {
  return gradients.map((gradient) => math.clamp(gradient, limit));
}
