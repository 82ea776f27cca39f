/** A process of its own that loads TensorFlow and tells what it found: a library that crashes takes nobody with it. */
import { loadTensorflow } from './loadTensorflow.ts';

process.stdout.write(`\n${JSON.stringify(await loadTensorflow())}\n`);
