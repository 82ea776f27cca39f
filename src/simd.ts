/**
 * The backend `simd` for tfjs, on its own: SIMD kernels on all cores, in Node.js, without a native build.
 *
 *   import * as tf from '@tensorflow/tfjs';
 *   import 'nerfstream/simd';
 *   await tf.setBackend('simd');
 *
 * The import registers it; setting it starts its threads.
 */
import { registerSimd } from './tensors/simd/registerSimd.ts';
import { startAllCores } from './tensors/simd/startAllCores.ts';

registerSimd(startAllCores);
