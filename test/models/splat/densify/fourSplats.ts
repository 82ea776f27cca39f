/** Four splats to densify, and what a strategy makes of them row by row. */
import type { Densification, Densifier } from '../../../../src/models/splat/densify/densifier.ts';
import type { SplatValues } from '../../../../src/models/splat/splatParameters.ts';

export const logit = (opacity: number) => Math.log(opacity / (1 - opacity));
export const opacityOf = (trained: number) => 1 / (1 + Math.exp(-trained));

/** On the x axis; the second is long in y after its rotation by 90 degrees about z, the third nearly transparent. */
export function fourSplats(): SplatValues {
  const half = Math.SQRT1_2;
  return {
    means: Float32Array.of(-0.5, 0, 0, 0, 0, 0, 0.5, 0, 0, 1, 0, 0),
    scales: Float32Array.of(-4, -4, -4, Math.log(0.1), -4, -4, -4, -4, -4, -4, -4, -4),
    rotations: Float32Array.of(1, 0, 0, 0, 2 * half, 0, 0, 2 * half, 1, 0, 0, 0, 1, 0, 0, 0),
    opacities: Float32Array.of(0, logit(0.8), logit(0.004), 1),
    colors: Float32Array.from({ length: 12 }, (_, k) => k),
    harmonics: new Float32Array(0),
  };
}

export interface Row {
  readonly source: number;
  readonly from: number;
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly opacity: number;
}

/** @param scores mean gradients, by row */
export function densified(
  densifier: Densifier,
  step: number,
  values: SplatValues,
  scores: readonly number[] = [],
  initialCount = values.opacities.length,
  position = step,
): (Pick<Densification, 'anew'> & { readonly rows: readonly Row[] }) | undefined {
  const result = densifier.densify({
    step,
    position,
    values,
    initialCount,
    screenGradients: () => Float32Array.from(scores),
  });
  if (!result) return undefined;
  const { sources, from, shapes, anew } = result;
  const rows = Array.from(sources, (source, row) => ({
    source,
    from: from[row]!,
    mean: Array.from(shapes.means.slice(row * 3, row * 3 + 3)),
    scale: Array.from(shapes.scales.slice(row * 3, row * 3 + 3)),
    opacity: opacityOf(shapes.opacities[row]!),
  }));
  return { rows, ...(anew && { anew }) };
}
