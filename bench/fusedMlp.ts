/**
 * Fused networks, forward and all gradients through the tape, in GFLOP/s (6 operations a weight and sample), beside a loop of
 * register-only multiply-adds of the same module on the same threads, and beside a chain of matrix products on `simd`.
 */
import { createEngine } from '../src/tensors/createEngine.ts';
import { needed } from '../src/tensors/engine.ts';
import { kernelsInPlace } from '../src/tensors/kernelEngine.ts';
import { fusedMlp } from '../src/tensors/ops/fusedMlp.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';
import { simdPeak } from './support/simdPeak.ts';

const sizes = [
  { samples: 262_144, widths: [32, 64, 64, 16], bound: 115 },
  { samples: 262_144, widths: [32, 64, 16] },
  { samples: 16_384, widths: [64, 256, 256, 256, 256] },
];

/** Milliseconds of each size, with the share of the peak as a note. */
export async function benchFusedMlp(threads = 2, rounds = 5): Promise<[Measurement[], string[]]> {
  const engine = await createEngine({ engine: 'simd', threads });
  const kernels = needed(engine, kernelsInPlace, 'this benchmark');
  const measurements: Measurement[] = [];
  const notes: string[] = [];
  for (const { samples, widths, bound } of sizes) {
    const weights = widths
      .slice(1)
      .map((outputs, layer) => tf.randomUniform([widths[layer]!, outputs], -0.2, 0.2));
    const x = tf.randomUniform([samples, widths[0]!]) as tf.Tensor2D;
    const dy = tf.ones([samples, widths.at(-1)!]);
    const gradientsOf = (network: (inputs: tf.Tensor[]) => tf.Tensor) =>
      tf.tidy(() => {
        tf.grads((...inputs) => network(inputs))([x, ...weights], dy);
      });
    const fused = ([inputs, ...layers]: tf.Tensor[]) =>
      fusedMlp(inputs as tf.Tensor2D, layers as tf.Tensor2D[]);
    const chain = ([inputs, ...layers]: tf.Tensor[]) =>
      layers.reduce((value, layer, k) => {
        const product = tf.matMul(value, layer);
        return k < layers.length - 1 ? tf.relu(product) : product;
      }, inputs!);
    const flops = widths
      .slice(1)
      .reduce((sum, outputs, layer) => sum + 6 * samples * widths[layer]! * outputs, 0);
    const times = await fastestOf(
      {
        peak: simdPeak(kernels, flops),
        fused: () => gradientsOf(fused),
        chain: () => gradientsOf(chain),
      },
      rounds,
    );
    const rate = flops / times.fused / 1e6;
    const peak = flops / times.peak / 1e6;
    const name = `${widths.join('-')}, ${samples.toLocaleString('en')} samples`;
    measurements.push({
      what: `${name}, ${threads} threads`,
      unit: 'ms',
      ours: times.fused,
      reference: { name: 'chain of products on simd', value: times.chain },
      ...(bound === undefined ? {} : { bound }),
    });
    notes.push(
      `${name}: ${rate.toFixed(0)} GFLOP/s, ${((100 * rate) / peak).toFixed(0)} % of ${peak.toFixed(0)}`,
    );
    tf.dispose([x, dy, weights]);
  }
  engine.dispose();
  return [measurements, notes];
}

if (isMain(import.meta.url)) await report('fusedMlp', ...(await benchFusedMlp()));
