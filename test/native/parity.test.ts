/** Values and gradients of every operation on TensorFlow, on our kernels and on the plain backend. */
import { describe, expect, it } from 'vitest';
import { evaluateOp, type OpResult } from '../support/evaluateOp.ts';
import { type EngineName, hasTensorflow, withEngine } from './engines.ts';
import { operations } from './operations.ts';

/** Of the largest element of what is compared; products of 21 terms and slopes of 90 cells add their roundings up. */
const tolerance = 2e-5;

async function evaluateAll(name: EngineName): Promise<OpResult[]> {
  return withEngine(name, () => operations.map(({ op, inputs }) => evaluateOp(op, inputs)));
}

/** Largest difference, as a share of the largest element. */
function difference(received: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let [largest, size] = [received.length === expected.length ? 0 : Number.POSITIVE_INFINITY, 1e-30];
  expected.forEach((values, which) => {
    if (received[which]!.length !== values.length) largest = Number.POSITIVE_INFINITY;
    values.forEach((value, k) => {
      largest = Math.max(largest, Math.abs(value - received[which]![k]!));
      size = Math.max(size, Math.abs(value));
    });
  });
  return largest / size;
}

describe.skipIf(!hasTensorflow)('operations agree', async () => {
  const results = hasTensorflow
    ? {
        cpu: await evaluateAll('cpu'),
        simd: await evaluateAll('simd'),
        tensorflow: await evaluateAll('tensorflow'),
      }
    : undefined;
  const rows: string[] = [];

  operations.forEach(({ name }, index) => {
    it(name, () => {
      const { cpu, simd, tensorflow } = results!;
      const of = (engine: OpResult[]) => engine[index]!;
      const figures = [tensorflow, simd].flatMap((engine) => [
        difference(of(engine).values, of(cpu).values),
        difference(of(engine).gradients, of(cpu).gradients),
      ]);
      rows.push(`| ${name} | ${figures.map((figure) => figure.toExponential(1)).join(' | ')} |`);
      if (index === operations.length - 1)
        console.log(
          [
            '| operation | tensorflow | gradients | simd | gradients |',
            '| --- | --- | --- | --- | --- |',
            ...rows,
          ].join('\n'),
        );
      expect(of(cpu).values.some((values) => values.some((value) => value !== 0))).toBe(true);
      for (const figure of figures) expect(figure).toBeLessThan(tolerance);
    });
  });
});
