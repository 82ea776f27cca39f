/** The one place that names the tensor library. Everything else says `import * as tf from '../tensors/tf.ts'`. */
export * from '@tensorflow/tfjs-core';
