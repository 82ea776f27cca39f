/** Steps for operator tests, with tensors that a test counts and frees. */
import type { TensorParameter } from '../../src/tensors/sharedTensor.ts';
import * as tf from '../../src/tensors/tf.ts';
import type { TrainStep } from '../../streams/step.ts';
import { onTensors } from './cpuBackend.ts';

/** A step with these gradients; the caller frees it with {@link freeStep}. */
export function gradientStep(
  step: number,
  gradients: Readonly<Record<string, readonly number[]>>,
  losses: TrainStep['losses'] = { loss: 1 },
): TrainStep {
  const tensors = Object.fromEntries(
    Object.entries(gradients).map(([name, values]) => [name, tf.tensor1d([...values])]),
  );
  return { step, losses, gradients: tensors };
}

export function freeStep({ gradients }: TrainStep): void {
  for (const gradient of Object.values(gradients)) gradient.dispose();
}

/** A parameter of zeros. */
export function zeroParameter(name: string, length: number): TensorParameter {
  return { name, variable: tf.tidy(() => tf.variable(tf.zeros([length]))) };
}

/** Plain numbers, so that assertions show them. */
export function valuesOf(gradients: TrainStep['gradients']): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(gradients).map(([name, tensor]) => [name, Array.from(onTensors.read(tensor))]),
  );
}
