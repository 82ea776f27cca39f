/** Teaches the tensor library the gradients of its operations: its core has none in Node.js, and some that it has elsewhere are wrong or slow. */
import * as tf from '../tf.ts';
import { binaryGradients } from './binaryGradients.ts';
import { constantGradients } from './constantGradients.ts';
import { cumprodGradient, cumsumGradient } from './cumulativeGradients.ts';
import {
  gatherGradient,
  gatherNdGradient,
  scatterNdGradient,
  tensorScatterUpdateGradient,
  unsortedSegmentSumGradient,
} from './indexGradients.ts';
import { reductionGradients } from './reductionGradients.ts';
import { shapeGradients } from './shapeGradients.ts';
import { stridedSliceGradient } from './stridedSliceGradient.ts';
import { unaryGradients } from './unaryGradients.ts';

/**
 * Registers the gradients of all operations that `@tensorflow/tfjs` has gradients for, but those on images (convolutions, pooling,
 * resizing, batch normalization: these come with `@tensorflow/tfjs`, if somebody loads it), and more: cumprod, gatherND, scatterND,
 * tensorScatterUpdate, stridedSlice and conditions, which it lacks. Those of cumsum are right along any axis, those of maximum,
 * minimum and squaredDifference right for broadcast shapes. All are made of tensor operations and so serve every backend.
 *
 * Gradients belong to the library, not to a backend, and the last registration counts: call it after `@tensorflow/tfjs` is
 * loaded, if it is. Calling it again changes nothing.
 */
export function registerGradients(): void {
  for (const gradient of [
    ...constantGradients,
    ...unaryGradients,
    ...binaryGradients,
    ...shapeGradients,
    ...reductionGradients,
    cumsumGradient,
    cumprodGradient,
    gatherGradient,
    gatherNdGradient,
    scatterNdGradient,
    tensorScatterUpdateGradient,
    unsortedSegmentSumGradient,
    stridedSliceGradient,
  ])
    tf.registerGradient(gradient);
}
