/** Teaches the tensor library the gradients that training needs and that it lacks, or has in a form too slow to use. */
import * as tf from '../tf.ts';
import { comparisonGradients } from './comparisonGradients.ts';
import { cumprodGradient, cumsumGradient } from './cumulativeGradients.ts';
import { elementwiseGradients } from './elementwiseGradients.ts';
import {
  gatherGradient,
  gatherNdGradient,
  scatterNdGradient,
  tensorScatterUpdateGradient,
  unsortedSegmentSumGradient,
} from './indexGradients.ts';
import { reductionGradients } from './reductionGradients.ts';
import { stridedSliceGradient } from './stridedSliceGradient.ts';

/**
 * Registers gradients of cumprod, gatherND, scatterND, tensorScatterUpdate, stridedSlice and all comparisons, which the library lacks;
 * replaces those of cumsum (wrong along any axis but the last) and of maximum, minimum and squaredDifference (wrong when shapes are
 * broadcast); and gives gather, unsortedSegmentSum, sum, mean and relu faster ones. All are made of tensor operations and so
 * serve every backend.
 *
 * Gradients belong to the library, not to a backend, and the last registration counts: call it after `@tensorflow/tfjs` is
 * loaded. Calling it again changes nothing.
 */
export function registerGradients(): void {
  for (const gradient of [
    ...comparisonGradients,
    ...elementwiseGradients,
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
