/** The backend itself: where values lie, who owns them, what is given back. Operations have tests of their own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/errors.ts';
import { createEngine } from '../../../src/tensors/createEngine.ts';
import { type Engine, needed } from '../../../src/tensors/engine.ts';
import { kernelsInPlace } from '../../../src/tensors/kernelEngine.ts';
import { sharedTensor } from '../../../src/tensors/sharedTensor.ts';
import type { SimdBackend } from '../../../src/tensors/simd/simdBackend.ts';
import * as tf from '../../../src/tensors/tf.ts';
import { withKernels } from '../../support/kernelPools.ts';

let engine: Engine;
const backend = () => tf.backend() as SimdBackend;
const kernels = () => needed(engine, kernelsInPlace, 'this test');
const usedBytes = () => kernels().memoryUse.usedBytes;

beforeAll(async () => {
  engine = await createEngine({ engine: 'simd', threads: 2 });
});
afterAll(() => engine.dispose());

describe('the backend simd', () => {
  it('is what tfjs runs on, with every operation of the cpu backend', () => {
    expect(tf.getBackend()).toBe('simd');
    const names = (backendName: string) => tf.getKernelsForBackend(backendName).map((k) => k.kernelName);
    expect(names('simd')).toEqual(expect.arrayContaining(names('cpu')));
    expect(tf.topk(tf.tensor([3, 1, 2]), 2).values.arraySync()).toEqual([3, 2]);
  });

  it('moves values into kernel memory when a kernel asks for them, and gives the memory back', () => {
    const before = usedBytes();
    const tensors = tf.memory().numTensors;
    const x = tf.tensor([1, 2, 3]);
    expect(usedBytes()).toBe(before);
    const address = backend().addressOf(x);
    expect(backend().addressOf(x)).toBe(address);
    expect([...kernels().float32(address, 3)]).toEqual([1, 2, 3]);
    expect(usedBytes()).toBe(before + 64);
    const y = tf.reshape(x, [3, 1]);
    x.dispose();
    expect(usedBytes()).toBe(before + 64);
    expect(y.arraySync()).toEqual([[1], [2], [3]]);
    y.dispose();
    expect(usedBytes()).toBe(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('what was read stays as it was when the tensor is gone and its memory is used again', async () => {
    const x = tf.tensor([1, 2, 3]);
    backend().addressOf(x);
    const [read, later] = [x.dataSync(), await x.data()];
    x.dispose();
    kernels().float32(kernels().allocate(12), 3).fill(9);
    expect([...read]).toEqual([1, 2, 3]);
    expect([...later]).toEqual([1, 2, 3]);
  });

  it('uses what the caller put into kernel memory in place, and leaves it there', () => {
    const shared = sharedTensor(kernels(), [2, 2]);
    shared.data.set([1, 2, 3, 4]);
    expect(backend().addressOf(shared.tensor)).toBe(shared.address);
    expect(shared.tensor.dataSync()).toBe(shared.data);
    shared.data[0] = 10;
    expect(tf.sum(shared.tensor).arraySync()).toBe(19);
    const used = usedBytes();
    shared.tensor.dispose();
    expect(usedBytes()).toBe(used);
    kernels().release(shared.address);
  });

  it('a slice outlives what it was cut from', () => {
    const x = tf.tensor([1, 2, 3, 4]);
    backend().addressOf(x);
    const part = tf.slice(x, [1], [2]);
    x.dispose();
    backend().addressOf(tf.tensor([9, 9, 9, 9]));
    expect(part.arraySync()).toEqual([2, 3]);
  });

  it('overwrites only what nobody else has: two tensors with one array get copies', () => {
    const x = tf.tensor([1, 2]);
    const alias = tf.reshape(x, [2, 1]);
    const scaled = engine.gradients.scale(x, 5) as tf.Tensor;
    expect([scaled.arraySync(), x.arraySync(), alias.arraySync()]).toEqual([
      [5, 10],
      [1, 2],
      [[1], [2]],
    ]);
    alias.dispose();
    expect(engine.gradients.scale(x, 5)).toBe(x);
    expect(x.arraySync()).toEqual([5, 10]);
    tf.dispose([x, scaled]);
  });

  it('has tensors of no elements, of every type, and complex ones', () => {
    const empty = backend().output([0, 3], 'float32');
    expect([...backend().valuesOf(empty.info)]).toEqual([]);
    backend().disposeData(empty.info.dataId);
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const x = tf.tensor([1, 0, 1], [3], dtype);
      backend().addressOf(x);
      expect([...x.dataSync()]).toEqual([1, 0, 1]);
      expect(x.dataSync().constructor).toBe(
        { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype],
      );
    }
    const z = tf.complex([1, 2], [3, 4]);
    expect([...tf.mul(z, z).dataSync()]).toEqual([-8, 6, -12, 16]);
    expect(tf.tidy(() => tf.tensor(['a', 'b']).arraySync())).toEqual(['a', 'b']);
    expect(() => backend().output([1], 'string')).toThrow(EngineError);
  });

  it('casts into an array of the type it says', () => {
    for (const [from, to] of [
      ['int32', 'float32'],
      ['bool', 'float32'],
      ['bool', 'int32'],
    ] as const) {
      const x = tf.tensor([1, 0, 1], [3], from);
      const y = x.cast(to);
      x.dispose();
      expect(backend().valuesOf(y)).toEqual(
        to === 'float32' ? Float32Array.of(1, 0, 1) : Int32Array.of(1, 0, 1),
      );
    }
    expect([...tf.tensor([1.9, -1.9, 0]).cast('int32').dataSync()]).toEqual([1, -1, 0]);
    expect([...tf.tensor([1.9, Number.NaN, 0]).cast('bool').dataSync()]).toEqual([1, 1, 0]);
  });

  it('moves tensors between backends', async () => {
    const x = tf.tensor([1, 2, 3]);
    backend().addressOf(x);
    await tf.setBackend('cpu');
    expect(tf.square(x).arraySync()).toEqual([1, 4, 9]);
    await tf.setBackend('simd');
    backend().addressOf(x);
    expect(tf.square(x).arraySync()).toEqual([1, 4, 9]);
  });

  it('says that memory is full, and what to do', () => {
    expect(() => backend().output([1_100_000_000], 'float32')).toThrow(
      /out of kernel memory.*smaller batches/,
    );
  });

  it('reports the bytes that are in use', () => {
    const before = (tf.memory() as { numBytesInKernels?: number }).numBytesInKernels!;
    const { info } = backend().output([1000], 'float32');
    const { unreliable, numBytesInKernels } = tf.memory() as tf.MemoryInfo & { numBytesInKernels?: number };
    expect(numBytesInKernels! - before).toBe(4032);
    expect(unreliable).toBe(false);
    backend().disposeData(info.dataId);
  });
});

describe('one engine after another', () => {
  it('the newer one is active; tensors of the older one move over; leaving one that was replaced changes nothing', async () => {
    const x = tf.tensor([1, 2]);
    backend().addressOf(x);
    const first = backend();
    const second = await createEngine({ engine: 'simd', threads: 1 });
    expect(backend()).not.toBe(first);
    expect(backend().kernels).toBe(kernelsInPlace.of(second));
    expect([...backend().valuesOf(x)]).toEqual([1, 2]);
    engine.dispose();
    expect(backend().kernels).toBe(kernelsInPlace.of(second));
    engine = second;
  });

  it('after the last one, simd starts kernels of its own when it is asked for', async () => {
    engine.dispose();
    await tf.setBackend('simd');
    expect(backend().kernels).not.toBe(kernels());
    engine = { ...engine, dispose: () => backend().kernels.dispose() };
    expect(tf.add(1, 2).arraySync()).toBe(3);
  });
});

describe('a kernel pool that was disposed', () => {
  it('still runs kernels, on the calling thread', async () => {
    await withKernels({ threads: 3 }, (pool) => {
      const address = pool.allocate(400_000);
      pool.dispose();
      pool.float32(address, 100_000).fill(1);
      pool.run('scaleInPlace', 10, 10_000, 100_000, address, 2);
      expect(pool.float32(address, 100_000).every((value) => value === 2)).toBe(true);
    });
  });
});
