/**
 * Volume rendering of 4,096 rays x 64 samples, forward and the gradients of densities and colours, as one operation: against the
 * same arithmetic as a loop over typed arrays in JavaScript, and composed of operations on tfjs's plain backend.
 */
import { createEngine } from '../src/tensors/createEngine.ts';
import { compositeRays } from '../src/tensors/ops/compositeRays.ts';
import { runKernelOp } from '../src/tensors/ops/kernelOp.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';

const [rays, width] = [4096, 64];
const samples = rays * width;

interface Arrays {
  readonly densities: Float32Array;
  readonly colors: Float32Array;
  readonly deltas: Float32Array;
  readonly weights: Float32Array;
  readonly color: Float32Array;
  readonly densityGradient: Float32Array;
  readonly colorGradient: Float32Array;
}

/** Scalar JavaScript, forward and backward for a gradient of 1 of every colour. */
function scalarComposite({ densities, colors, deltas, weights, color, ...gradients }: Arrays): void {
  for (let ray = 0; ray < rays; ray++) {
    let [transmittance, red, green, blue] = [1, 0, 0, 0];
    const [first, end] = [ray * width, (ray + 1) * width];
    for (let k = first; k < end; k++) {
      const transparency = Math.exp(-densities[k]! * deltas[k]!);
      const weight = transmittance * (1 - transparency);
      weights[k] = weight;
      red += weight * colors[3 * k]!;
      green += weight * colors[3 * k + 1]!;
      blue += weight * colors[3 * k + 2]!;
      transmittance *= transparency;
      gradients.densityGradient[k] = transmittance;
    }
    color.set([red, green, blue], ray * 3);
    let behind = 0;
    for (let k = end - 1; k >= first; k--) {
      const value = colors[3 * k]! + colors[3 * k + 1]! + colors[3 * k + 2]!;
      gradients.densityGradient[k] = deltas[k]! * (gradients.densityGradient[k]! * value - behind);
      behind += weights[k]! * value;
      gradients.colorGradient.fill(weights[k]!, 3 * k, 3 * k + 3);
    }
  }
}

function tensorsOf({ densities, colors, deltas }: Arrays) {
  return {
    densities: tf.tensor2d(densities, [rays, width]),
    colors: tf.tensor3d(colors, [rays, width, 3]),
    deltas: tf.tensor2d(deltas, [rays, width]),
    distances: tf.tensor2d(deltas, [rays, width]),
  };
}

/** Milliseconds of our kernels, of the operation with its tape, and of both references. */
export async function benchComposite(threads = 2, rounds = 20): Promise<Measurement[]> {
  const random = (length: number, scale: number) =>
    Float32Array.from({ length }, () => Math.random() * scale);
  const arrays: Arrays = {
    densities: random(samples, 3),
    colors: random(samples * 3, 1),
    deltas: random(samples, 0.05),
    weights: new Float32Array(samples),
    color: new Float32Array(rays * 3),
    densityGradient: new Float32Array(samples),
    colorGradient: new Float32Array(samples * 3),
  };
  const engine = await createEngine({ engine: 'simd', threads });
  const onTape = (inputs: ReturnType<typeof tensorsOf>) =>
    tf.tidy(() => {
      const { deltas, distances } = inputs;
      const loss = (densities: tf.Tensor, colors: tf.Tensor) =>
        tf.sum(compositeRays({ densities: densities as tf.Tensor2D, colors, deltas, distances }).color);
      const gradients = tf.grads(loss)([inputs.densities, inputs.colors]);
      return gradients[0]!.dataSync()[0];
    });
  const inputs = tensorsOf(arrays);
  const packed = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      tensor.reshape(name === 'colors' ? [-1, 3] : [-1]),
    ]),
  );
  const rayOffsets = tf.tensor1d(
    Int32Array.from({ length: rays + 1 }, (_, ray) => ray * width),
    'int32',
  );
  const upstream = {
    dColor: tf.ones([rays, 3]),
    dDepth: tf.zeros([rays]),
    dOpacity: tf.zeros([rays]),
    dWeights: tf.zeros([samples]),
  };
  const kernels = () => {
    const outputs = runKernelOp('CompositeRays', { ...packed, rayOffsets }, { minTransmittance: 0 });
    const all = { ...packed, rayOffsets, weights: outputs[3]!, ...upstream };
    tf.dispose([outputs, runKernelOp('CompositeRaysGradient', all, { minTransmittance: 0 })]);
  };
  const ours = await fastestOf(
    { kernels, onTape: () => onTape(inputs), scalar: () => scalarComposite(arrays) },
    rounds,
  );
  tf.dispose([inputs, packed, rayOffsets, upstream]);
  await tf.setBackend('cpu');
  const plainInputs = tensorsOf(arrays);
  const plain = await fastestOf({ onTape: () => onTape(plainInputs) }, 2);
  tf.dispose(plainInputs);
  engine.dispose();
  const size = `4,096 x 64, ${threads} threads`;
  const scalar = { name: 'scalar JavaScript', value: ours.scalar };
  return [
    {
      what: `kernels forward + backward, ${size}`,
      unit: 'ms',
      ours: ours.kernels,
      reference: scalar,
      bound: 1.8,
    },
    {
      what: `with the tape, ${size}`,
      unit: 'ms',
      ours: ours.onTape,
      reference: { name: 'tfjs cpu', value: plain.onTape },
    },
  ];
}

if (isMain(import.meta.url)) await report('composite', await benchComposite());
