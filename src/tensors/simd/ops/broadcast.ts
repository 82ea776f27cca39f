/** How two shapes meet in a result: what the kernels of tensorBinary.ts are told. */
import type { broadcastLayout } from '../../../kernels/layouts.ts';
import { collapseAxes, contiguousStrides } from './collapseAxes.ts';

/** Fields of `Broadcast` in src/kernels/assembly/tensorBinary.ts. */
export type Broadcast = Readonly<Record<keyof typeof broadcastLayout.types, number>>;

/** @returns undefined when the shapes alternate too often for four axes */
export function broadcast(
  shape: readonly number[],
  a: readonly number[],
  b: readonly number[],
): Broadcast | undefined {
  const size = shape.reduce((product, length) => product * length, 1);
  const [isWhole, isOther] = [a, b].map(
    (part) => part.length === shape.length && part.every((n, k) => n === shape[k]),
  );
  if (isWhole && isOther) return broadcastOf([1, 1, size], [0, 0, 0, 1], [0, 0, 0, 1]);
  const [aStrides, bStrides] = [stridesWithin(shape, a), stridesWithin(shape, b)];
  const axes = collapseAxes(
    shape.map((size, axis) => ({ size, strides: [aStrides[axis]!, bStrides[axis]!] })),
  );
  if (axes.length > 4) return undefined;
  while (axes.length < 4) axes.unshift({ size: 1, strides: axes.length === 0 ? [1, 1] : [0, 0] });
  const stridesOf = (array: number) => axes.map(({ strides }) => strides[array]!);
  const sizes = axes.slice(1).map(({ size }) => size);
  return broadcastOf(sizes, stridesOf(0), stridesOf(1));
}

function broadcastOf(sizes: readonly number[], a: readonly number[], b: readonly number[]): Broadcast {
  const [d1, d2, inner] = sizes as [number, number, number];
  const [a0, a1, a2, aStep] = a as [number, number, number, number];
  const [b0, b1, b2, bStep] = b as [number, number, number, number];
  return { d1, d2, inner, a0, a1, a2, aStep, b0, b1, b2, bStep };
}

/** Strides of an array of shape `part` along the axes of `shape`; 0 where it is repeated. */
function stridesWithin(shape: readonly number[], part: readonly number[]): number[] {
  const missing = shape.length - part.length;
  const strides = contiguousStrides(part);
  return shape.map((_, axis) =>
    axis < missing || part[axis - missing] === 1 ? 0 : (strides[axis - missing] as number),
  );
}
