/** Copies elements from one place to another along up to five axes: what slices, concatenations and transpositions are made of. */
import { runElementwise } from '../../../kernels/elementwise.ts';
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import { collapseAxes, type WalkAxis } from './collapseAxes.ts';
import { withLayout } from './withLayout.ts';

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
  const words = [
    ...joined.slice(1).map(({ size }) => size),
    ...joined.map(({ strides }) => strides[0]!),
    ...joined.map(({ strides }) => strides[1]!),
  ];
  withLayout(kernels, words, (layout) =>
    runElementwise(kernels, 'copyStrided', count, [target, source, layout]),
  );
  return true;
}
