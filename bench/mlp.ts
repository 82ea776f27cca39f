/**
 * The network of vanilla NeRF - 63 inputs, 8 layers of 256 with a skip connection to the sixth, 4 outputs - forward and backward as plain
 * operations of the tensor library (matMul, add, relu, concat; tf.variableGrads), on the backend `simd`, on tfjs's wasm backend, and on
 * tfjs-node where it is installed (npm run setup:native).
 *
 *     npx tsx bench/mlp.ts [samples] [samples on wasm]
 */
import '@tensorflow/tfjs-backend-wasm';
import { createEngine } from '../src/tensors/createEngine.ts';
import { needed } from '../src/tensors/engine.ts';
import { kernelsInPlace } from '../src/tensors/kernelEngine.ts';
import { findNativePackages } from '../src/tensors/native/nativePackages.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';
import { simdPeak } from './support/simdPeak.ts';

const inputs = 63;
const width = 256;
const outputs = 4;
const layers = 8;
const skipLayer = 5;
const threads = 2;

interface Network {
  /** Forward, backward, and everything disposed. @returns the loss, which says whether two backends compute the same */
  run(): number;
  dispose(): void;
}

/** Inputs of each layer, the last one included. */
const layerInputs = Array.from({ length: layers + 1 }, (_, layer) => {
  if (layer === 0) return inputs;
  return layer === skipLayer ? width + inputs : width;
});
const layerOutputs = layerInputs.map((_, layer) => (layer < layers ? width : outputs));

/** Multiplications and additions of the products, forward and the two of the gradients (none for the network's input). */
function operationsOf(samples: number): number {
  const products = layerInputs.map((size, layer) => size * layerOutputs[layer]!);
  const total = products.reduce((sum, product) => sum + product, 0);
  return 2 * samples * (3 * total - products[0]!);
}

/** The network on the active backend. */
function createNetwork(samples: number): Network {
  const seeded = (shape: [number, number], deviation: number, seed: number) =>
    tf.randomNormal(shape, 0, deviation, 'float32', seed) as tf.Tensor2D;
  const x = seeded([samples, inputs], 1, 1);
  const weights = layerInputs.map((size, layer) =>
    tf.variable(seeded([size, layerOutputs[layer]!], Math.sqrt(2 / size), 2 + layer)),
  );
  const biases = layerOutputs.map((size) => tf.variable(tf.zeros([size])));
  const forward = (): tf.Scalar => {
    let y = x;
    for (let layer = 0; layer <= layers; layer++) {
      if (layer === skipLayer) y = tf.concat([y, x], 1);
      const sum = tf.add(tf.matMul(y, weights[layer] as tf.Tensor2D), biases[layer]!) as tf.Tensor2D;
      y = layer < layers ? tf.relu(sum) : sum;
    }
    return tf.mean(tf.square(y));
  };
  return {
    run() {
      const { value, grads } = tf.variableGrads(forward);
      const loss = value.dataSync()[0]!;
      tf.dispose([value, grads]);
      return loss;
    },
    dispose: () => tf.dispose([x, ...weights, ...biases]),
  };
}

/** @returns the table; samples on wasm can be fewer, because it needs a minute for them: its time is scaled then, and labelled so */
export async function benchMlp(samples: number, wasmSamples = samples): Promise<Measurement[]> {
  const hasTensorflow = findNativePackages(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']).length > 0;
  // The engine goes without oneDNN, for the sake of memory; with it the library is faster at products of one size.
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  const native = hasTensorflow ? await createEngine({ engine: 'tensorflow', threads }) : undefined;
  const onNative = native && createNetwork(samples);
  const engine = await createEngine({ engine: 'simd', threads });
  const network = createNetwork(samples);
  const run = async (backend: 'simd' | 'tensorflow', { run }: Network) => {
    await tf.setBackend(backend);
    return run();
  };
  const losses = onNative && [await run('simd', network), await run('tensorflow', onNative)];
  if (losses) checkAlike(losses[0]!, losses[1]!);
  const works = {
    network: () => run('simd', network),
    peak: simdPeak(needed(engine, kernelsInPlace, 'this benchmark'), operationsOf(samples)),
  };
  const ours: Record<keyof typeof works, number> & { native?: number } = await (onNative
    ? fastestOf({ ...works, native: () => run('tensorflow', onNative) }, 3)
    : fastestOf(works, 3));
  onNative?.dispose();
  await tf.setBackend('simd');
  network.dispose();
  const small = createNetwork(wasmSamples);
  const loss = small.run();
  small.dispose();
  engine.dispose();
  native?.dispose();

  await tf.setBackend('wasm');
  const other = createNetwork(wasmSamples);
  const otherLoss = other.run();
  const { wasm } = await fastestOf({ wasm: other.run }, 1);
  other.dispose();
  checkAlike(loss, otherLoss);

  const what = `63-256x8-4 forward + backward, ${samples} samples, ${threads} threads`;
  const scaled = wasmSamples === samples ? 'tfjs wasm' : `tfjs wasm, scaled from ${wasmSamples} samples`;
  return [
    {
      what,
      unit: 'ms',
      ours: ours.network,
      reference: { name: scaled, value: wasm * (samples / wasmSamples) },
      goal: 8,
    },
    ...(ours.native !== undefined
      ? [
          {
            what,
            unit: 'ms',
            ours: ours.network,
            reference: { name: 'tfjs-node', value: ours.native },
            goal: 0.5,
          },
        ]
      : []),
    {
      what,
      unit: 'ms',
      ours: ours.network,
      reference: { name: 'SIMD peak, products alone', value: ours.peak },
    },
  ];
}

/** Results differ by roundings alone. */
function checkAlike(loss: number, otherLoss: number): void {
  if (Math.abs(loss - otherLoss) > 1e-3 * Math.abs(loss))
    throw new Error(`the backends do not compute the same: loss ${loss} and ${otherLoss}`);
}

if (isMain(import.meta.url)) {
  const [samples = 65_536, wasmSamples = samples] = process.argv.slice(2).map(Number).filter(Number.isFinite);
  await report('mlp', await benchMlp(samples, wasmSamples));
}
