/** The fused networks' kernels on the backend `simd`: forward, and the gradients of inputs and weights. */
import type { SimdBackend } from '../simd/simdBackend.ts';
import { simdKernel } from '../simd/simdKernel.ts';
import type * as tf from '../tf.ts';
import { createMlpCall, hiddenRowsOf } from './mlpCall.ts';

/** The kernels, for the backend's list. */
export function mlpKernels(): readonly tf.KernelConfig[] {
  return [simdKernel('FusedMlp', forward), simdKernel('FusedMlpGradient', backward)];
}

interface KernelCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  readonly attrs: tf.NamedAttrMap;
  readonly backend: SimdBackend;
}

/** Inputs: x, weights... Outputs: y, and the hidden values [tiles, rows, 64] or nothing [0]. */
function forward({ inputs, attrs, backend }: KernelCall): tf.TensorInfo[] {
  const [x, ...weights] = listOf(inputs) as [tf.TensorInfo, ...tf.TensorInfo[]];
  const widths = widthsOf(x, weights);
  const samples = x.shape[0]!;
  const y = backend.output([samples, widths.at(-1)!], 'float32');
  const tiles = Math.ceil(samples / 64);
  const kept = attrs['keep'] && widths.length > 2;
  const hidden = backend.output(kept ? [tiles, hiddenRowsOf(widths), 64] : [0], 'float32');
  const call = createMlpCall(backend.kernels, {
    ...numbersOf(attrs),
    samples,
    widths,
    x: backend.addressOf(x),
    y: y.address,
    kept: kept ? hidden.address : 0,
    weights: weights.map((weight) => backend.addressOf(weight)),
  });
  try {
    backend.kernels.run('opMlpPack', call.layers, call.address);
    backend.kernels.run('opMlpForward', call.units, call.address);
  } finally {
    call.dispose();
  }
  return [y.info, hidden.info];
}

/** Inputs: dy, y, hidden values, x, weights... Outputs: dx, the weights' gradients. */
function backward({ inputs, attrs, backend }: KernelCall): tf.TensorInfo[] {
  const [dy, y, hidden, x, ...weights] = listOf(inputs) as [
    tf.TensorInfo,
    tf.TensorInfo,
    tf.TensorInfo,
    tf.TensorInfo,
    ...tf.TensorInfo[],
  ];
  const dx = backend.output(x.shape, 'float32');
  const gradients = weights.map(({ shape }) => backend.output(shape, 'float32'));
  const call = createMlpCall(backend.kernels, {
    ...numbersOf(attrs),
    samples: x.shape[0]!,
    widths: widthsOf(x, weights),
    x: backend.addressOf(x),
    y: backend.addressOf(y),
    kept: hidden.shape[0] === 0 ? 0 : backend.addressOf(hidden),
    weights: weights.map((weight) => backend.addressOf(weight)),
    backward: {
      dy: backend.addressOf(dy),
      dx: dx.address,
      gradients: gradients.map(({ address }) => address),
    },
  });
  try {
    backend.kernels.run('opMlpPack', call.layers, call.address);
    backend.kernels.run('opMlpBackward', call.units, call.address);
    backend.kernels.run('opMlpSumSlots', call.sumUnits, call.address);
  } finally {
    call.dispose();
  }
  return [dx.info, ...gradients.map(({ info }) => info)];
}

function listOf(inputs: Readonly<Record<string, tf.TensorInfo | undefined>>): tf.TensorInfo[] {
  return Object.keys(inputs).map((_, index) => inputs[String(index)]!);
}

function widthsOf(x: tf.TensorInfo, weights: readonly tf.TensorInfo[]): number[] {
  return [x.shape[1]!, ...weights.map(({ shape }) => shape[1]!)];
}

function numbersOf(attrs: tf.NamedAttrMap) {
  return {
    hiddenActivation: attrs['hiddenActivation'] as number,
    outputActivation: attrs['outputActivation'] as number,
    leakySlope: attrs['leakySlope'] as number,
  };
}
