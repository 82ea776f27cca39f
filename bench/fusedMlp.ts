/**
 * Fused networks, forward and all gradients through the tape, in GFLOP/s (6 operations a weight and sample), beside a loop of
 * register-only multiply-adds of the same module on the same threads, and beside a chain of matrix products on `simd`.
 */
import type { KernelPool } from '../src/kernels/kernelPool.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { fusedMlp } from '../src/tensors/ops/fusedMlp.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';

const sizes = [
  { samples: 262_144, widths: [32, 64, 64, 16], bound: 115 },
  { samples: 262_144, widths: [32, 64, 16] },
  { samples: 16_384, widths: [64, 256, 256, 256, 256] },
];

/** Floating-point operations of a round of `multiplyAddPeak`. */
const peakFlops = 80;

/** GFLOP/s of the register-only loop. */
function peakOf(kernels: KernelPool, milliseconds: number, flops: number): number {
  return (flops * kernels.threads) / milliseconds / 1e6;
}

/** Milliseconds of each size, with the share of the peak as a note. */
export async function benchFusedMlp(threads = 2, rounds = 5): Promise<[Measurement[], string[]]> {
  const engine = await createEngine({ engine: 'simd', threads });
  const kernels = engine.kernels!;
  const result = kernels.allocate(64 * threads);
  const loops = 2_000_000;
  const measurements: Measurement[] = [];
  const notes: string[] = [];
  for (const { samples, widths, bound } of sizes) {
    const weights = widths
      .slice(1)
      .map((outputs, layer) => tf.randomUniform([widths[layer]!, outputs], -0.2, 0.2));
    const x = tf.randomUniform([samples, widths[0]!]) as tf.Tensor2D;
    const gradientsOf = (network: (inputs: tf.Tensor[]) => tf.Tensor) =>
      tf.tidy(() => {
        tf.grads((...inputs) => tf.sum(network(inputs)))([x, ...weights]);
      });
    const fused = ([inputs, ...layers]: tf.Tensor[]) =>
      fusedMlp(inputs as tf.Tensor2D, layers as tf.Tensor2D[]);
    const chain = ([inputs, ...layers]: tf.Tensor[]) =>
      layers.reduce((value, layer, k) => {
        const product = tf.matMul(value, layer);
        return k < layers.length - 1 ? tf.relu(product) : product;
      }, inputs!);
    const times = await fastestOf(
      {
        peak: () => kernels.run('multiplyAddPeak', threads, loops, result),
        fused: () => gradientsOf(fused),
        chain: () => gradientsOf(chain),
      },
      rounds,
    );
    const flops = widths
      .slice(1)
      .reduce((sum, outputs, layer) => sum + 6 * samples * widths[layer]! * outputs, 0);
    const rate = flops / times.fused / 1e6;
    const peak = peakOf(kernels, times.peak, loops * peakFlops);
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
    tf.dispose([x, weights]);
  }
  kernels.release(result);
  engine.dispose();
  return [measurements, notes];
}

if (isMain(import.meta.url)) await report('fusedMlp', ...(await benchFusedMlp()));
