/** Copies elements from one place to another along up to five axes: what slices, concatenations and transpositions are made of. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import { walkLayout } from '../../../kernels/layouts.ts';
import { withStruct } from '../../../kernels/structs.ts';
import { collapseAxes, type WalkAxis } from './collapseAxes.ts';

/** Types of 4 bytes an element, which kernels move without looking at them. */
export function isWord(dtype: string): boolean {
  return dtype === 'float32' || dtype === 'int32';
}

/** Most axes that {@link stridedCopy} walks, after joining. */
export const maxCopyAxes = 5;

/**
 * @param axes with strides [source, target] in elements, outermost first; a source stride of 0 repeats, a negative one reverses
 * @param source address of the first element read; `target`: of the first one written
 * @returns false if there are more than {@link maxCopyAxes} axes: nothing is copied then
 */
export function stridedCopy(
  kernels: KernelPool,
  axes: readonly WalkAxis[],
  source: number,
  target: number,
): boolean {
  const joined = collapseAxes(axes);
  if (joined.length > maxCopyAxes) return false;
  const count = joined.reduce((product, { size }) => product * size, 1);
  while (joined.length < maxCopyAxes) joined.unshift({ size: 1, strides: [1, 1] });
  withStruct(kernels, walkLayout, walkOf(joined), (walk) =>
    runElementwise(kernels, 'copyStrided', count, [target, source, walk]),
  );
  return true;
}

/** Fields of `Walk` in src/kernels/assembly/tensorCopy.ts. @param axes five of them */
function walkOf(axes: readonly WalkAxis[]): Readonly<Record<keyof typeof walkLayout.types, number>> {
  type Five = [number, number, number, number, number];
  const [, d1, d2, d3, inner] = axes.map(({ size }) => size) as Five;
  const [s0, s1, s2, s3, sourceStep] = axes.map(({ strides }) => strides[0]) as Five;
  const [t0, t1, t2, t3, targetStep] = axes.map(({ strides }) => strides[1]) as Five;
  return { d1, d2, d3, inner, s0, s1, s2, s3, sourceStep, t0, t1, t2, t3, targetStep };
}
