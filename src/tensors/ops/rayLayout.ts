/** Packed samples (all rays' samples one after another) as a rectangle [rays, most samples of a ray], and back. */
import { EngineError } from '../../errors.ts';
import * as tf from '../tf.ts';

export interface RayLayout {
  readonly rays: number;
  /** Most samples of a ray, at least 1. */
  readonly width: number;
  /** [samples, ...] to [rays, width, ...], 0 where a ray has no sample. Differentiable; the caller disposes the result. */
  unpack<T extends tf.Tensor>(packed: tf.Tensor): T;
  /** [rays, width] to [samples]. Differentiable; the caller disposes the result. */
  pack(rectangle: tf.Tensor2D): tf.Tensor1D;
}

/** @param rayOffsets [rays + 1] int32: ray r has samples rayOffsets[r] .. rayOffsets[r + 1] - 1 */
export function rayLayout(rayOffsets: tf.Tensor1D): RayLayout {
  const offsets = rayOffsets.dataSync<'int32'>();
  const rays = offsets.length - 1;
  const samples = offsets[rays]!;
  const counts = Array.from({ length: rays }, (_, ray) => offsets[ray + 1]! - offsets[ray]!);
  const width = counts.reduce((most, count) => Math.max(most, count), 1);
  // Places without a sample read a row of zeros behind the last one.
  const there = new Int32Array(rays * width).fill(samples);
  const back = new Int32Array(samples);
  counts.forEach((count, ray) => {
    for (let k = 0; k < count; k++) {
      there[ray * width + k] = offsets[ray]! + k;
      back[offsets[ray]! + k] = ray * width + k;
    }
  });
  return {
    rays,
    width,
    unpack<T extends tf.Tensor>(packed: tf.Tensor): T {
      return tf.tidy(() => {
        const more = packed.shape.map((_, axis): [number, number] => [0, axis === 0 ? 1 : 0]);
        const values = tf.gather(tf.pad(packed, more), tf.tensor1d(there, 'int32'));
        return tf.reshape(values, [rays, width, ...packed.shape.slice(1)]) as T;
      });
    },
    pack(rectangle) {
      return tf.tidy(() => tf.gather(tf.reshape(rectangle, [-1]), tf.tensor1d(back, 'int32')) as tf.Tensor1D);
    },
  };
}

/**
 * Checks that offsets are ascending from 0 to the number of samples: kernels follow them blindly.
 * @param operation for the message
 * @throws EngineError
 */
export function checkRayOffsets(operation: string, rayOffsets: tf.Tensor1D, samples: number): void {
  if (rayOffsets.dtype !== 'int32' || rayOffsets.rank !== 1 || rayOffsets.size === 0)
    throw new EngineError(`${operation}: rayOffsets must be [rays + 1] int32`);
  const offsets = rayOffsets.dataSync<'int32'>();
  const ascending = offsets.every((offset, ray) => ray === 0 || offset >= offsets[ray - 1]!);
  if (!ascending || offsets[0] !== 0 || offsets.at(-1) !== samples)
    throw new EngineError(
      `${operation}: rayOffsets must ascend from 0 to the number of samples, ${samples}; they go from ${offsets[0]} to ${offsets.at(-1)}`,
    );
}

/** Offsets of `rays` rays with `width` samples each. @returns [rays + 1] int32; the caller disposes it */
export function evenRayOffsets(rays: number, width: number): tf.Tensor1D {
  return tf.tensor1d(
    Int32Array.from({ length: rays + 1 }, (_, ray) => ray * width),
    'int32',
  );
}
