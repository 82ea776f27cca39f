/**
 * What histograms of parameters and gradients cost in a step that makes them (`trainer.histogramsEverySteps`), for as many
 * parameters as the default instant-ngp has; beside reading all these numbers once.
 */
import { histogramOf } from '../src/optimizers/histogram.ts';
import { isMain, report } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';

export interface HistogramsResult {
  readonly parameters: number;
  /** Milliseconds for the parameters and their gradients. */
  readonly milliseconds: number;
  /** Milliseconds to add the same numbers up. */
  readonly readMilliseconds: number;
}

/** @param parameters float32 values; as many gradients come on top */
export async function benchHistograms(parameters = 4_200_000, rounds = 3): Promise<HistogramsResult> {
  const values = Float32Array.from({ length: parameters }, (_, index) => Math.sin(index) * 1e-4);
  const gradients = values.map((value) => value * value);
  let counted = 0;
  let total = 0;
  const { histograms, read } = await fastestOf(
    {
      histograms() {
        counted = [values, gradients]
          .flatMap((data) => [...histogramOf(data).counts])
          .reduce((a, b) => a + b);
      },
      read() {
        for (const data of [values, gradients])
          for (let index = 0; index < data.length; index++) total += data[index]!;
      },
    },
    rounds,
  );
  if (counted !== 2 * parameters || !Number.isFinite(total)) throw new Error('not every value was counted');
  return { parameters, milliseconds: histograms, readMilliseconds: read };
}

if (isMain(import.meta.url)) {
  const { parameters, milliseconds, readMilliseconds } = await benchHistograms();
  await report('histograms', [
    {
      what: `histograms of ${parameters} parameters and gradients`,
      unit: 'ms',
      ours: milliseconds,
      reference: { name: 'reading them once', value: readMilliseconds },
    },
    { what: 'a step, with histogramsEverySteps=500', unit: 'ms', ours: milliseconds / 500 },
  ]);
}
