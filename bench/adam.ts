/**
 * The fused Adam over 12.3 million parameters (the example model's encoding and networks) against a plain memory copy on the
 * same threads, in turns, so that both meet the same machine. Bytes that must move: 4 reads and 3 writes of float32 a
 * parameter for Adam, 1 and 1 for the copy, which is the faster of a kernel on all threads and TypedArray.set. A copy also
 * reads what it overwrites into the cache, which is not counted; scaling in place, as strict a reference as there is, does not.
 */
import { runElementwise } from '../src/kernels/elementwise.ts';
import { createOptimizers } from '../src/optimizers/createOptimizers.ts';
import { optimizerSchema } from '../src/optimizers/optimizerSchema.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { needed } from '../src/tensors/engine.ts';
import { kernelsInPlace } from '../src/tensors/kernelEngine.ts';
import { sharedParameter } from '../src/tensors/sharedTensor.ts';
import { isMain, type Measurement, report } from './report.ts';

export interface AdamResult {
  readonly parameters: number;
  readonly threads: number;
  /** Bytes that must move, over the time of the fastest round. */
  readonly adamGigabytesPerSecond: number;
  readonly copyKernelGigabytesPerSecond: number;
  readonly typedArraySetGigabytesPerSecond: number;
  readonly scaleInPlaceGigabytesPerSecond: number;
  /** Adam over the faster copy. */
  readonly ratio: number;
  /** Adam over scaling in place. */
  readonly ratioInPlace: number;
}

const bytesPerElement = 4;

/** @param rounds how often each is timed; the fastest counts, because others may use the machine */
export async function benchAdam(parameters = 12_300_000, threads = 2, rounds = 15): Promise<AdamResult> {
  const engine = await createEngine({ engine: 'simd', threads });
  const kernels = needed(engine, kernelsInPlace, 'this benchmark');
  const parameter = sharedParameter(kernels, 'table', [parameters], (data) => data.fill(0.5));
  const { data: gradient, tensor } = parameter.gradient;
  gradient.forEach((_, index) => {
    gradient[index] = Math.sin(index);
  });
  const optimizer = optimizerSchema.parse({ kind: 'adam', betas: [0.9, 0.99], eps: 1e-15 });
  const optimizers = createOptimizers({ encoding: [parameter] }, { encoding: { optimizer } }, engine);
  const target = kernels.allocate(bytesPerElement * parameters);
  const targetView = kernels.float32(target, parameters);
  const work = {
    adam: { passes: 7, run: () => optimizers.apply('encoding', { table: tensor }, 1e-2) },
    copyKernel: {
      passes: 2,
      run: () => runElementwise(kernels, 'scaleInto', parameters, [target, parameter.gradient.address, 1]),
    },
    scaleInPlace: {
      passes: 2,
      run: () => runElementwise(kernels, 'scaleInPlace', parameters, [parameter.gradient.address, 1]),
    },
    typedArraySet: { passes: 2, run: () => targetView.set(gradient) },
  };
  const rates = { adam: 0, copyKernel: 0, scaleInPlace: 0, typedArraySet: 0 };
  for (let round = -2; round < rounds; round++)
    for (const name of ['adam', 'copyKernel', 'scaleInPlace', 'typedArraySet'] as const) {
      const { passes, run } = work[name];
      const began = performance.now();
      run();
      const seconds = (performance.now() - began) / 1000;
      const rate = (passes * bytesPerElement * parameters) / seconds / 1e9;
      if (round >= 0) rates[name] = Math.max(rates[name], rate);
    }
  if (targetView[parameters - 1] !== gradient[parameters - 1] || parameter.data[1] === 0.5)
    throw new Error('what was timed did not do its work');
  optimizers.dispose();
  kernels.release(target);
  parameter.dispose();
  engine.dispose();
  return {
    parameters,
    threads,
    adamGigabytesPerSecond: rates.adam,
    copyKernelGigabytesPerSecond: rates.copyKernel,
    typedArraySetGigabytesPerSecond: rates.typedArraySet,
    scaleInPlaceGigabytesPerSecond: rates.scaleInPlace,
    ratioInPlace: rates.adam / rates.scaleInPlace,
    ratio: rates.adam / Math.max(rates.copyKernel, rates.typedArraySet),
  };
}

if (isMain(import.meta.url)) {
  const { parameters, threads, adamGigabytesPerSecond: ours, ...others } = await benchAdam();
  const line = (name: string, value: number, goal?: number): Measurement => ({
    what: `fused Adam, ${parameters} parameters, ${threads} threads`,
    unit: 'GB/s',
    ours,
    reference: { name, value },
    moreIsBetter: true,
    ...(goal !== undefined && { goal }),
  });
  const { copyKernelGigabytesPerSecond: kernel, typedArraySetGigabytesPerSecond: set } = others;
  await report('adam', [
    line('memory copy, the faster of the next two', Math.max(kernel, set), 0.6),
    line(`copy by a kernel on ${threads} threads`, kernel),
    line('TypedArray.set', set),
    line('scaling in place', others.scaleInPlaceGigabytesPerSecond),
  ]);
}
